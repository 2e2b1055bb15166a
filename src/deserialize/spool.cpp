#include "deserialize/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <random>
#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::deserialize {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(const fs::path& path)
      : number_(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (number_ < 0) throw_errno("open " + path.string());
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(number_); }

  int number() const noexcept { return number_; }

 private:
  int number_;
};

File create_in(const fs::path& directory) {
  std::random_device random;
  const fs::path name = directory / ("ace-dt." + std::to_string(random()) + std::to_string(random()));
  File file = File::create_private(name);
  Disk::real().remove(name);
  return file;
}

}  // namespace

Spool::Spool(const fs::path& source, const fs::path& directory, Bytes block) : path_(source) {
  const auto status = Disk::real().status(source == "-" ? source : without_links(source));
  if (source != "-" && (!status || status->type == fs::file_type::regular)) return;
  const Descriptor input(source);
  copy_ = create_in(directory);
  std::vector<std::byte> buffer(block.count);
  for (Bytes at = {};;) {
    const ssize_t size = ::read(input.number(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw_errno("read " + source.string());
    if (size == 0) break;
    copy_->write_at(at, std::span(buffer).first(static_cast<std::size_t>(size)));
    at += Bytes{static_cast<std::uint64_t>(size)};
  }
  path_ = "/proc/self/fd/" + std::to_string(copy_->descriptor());
}

}  // namespace acedt::deserialize
