// Archives: the same contents from a file, whose content is skipped, and from a pipe, in portions; and every blob that
// is found is where it is said to be.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "acedt/archive/contents.hpp"
#include "acedt/archive/reader.hpp"
#include "acedt/closure/closure.hpp"
#include "fuzz/input.hpp"

namespace acedt::fuzz {
namespace {

/// The input as a file.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : descriptor_(::memfd_create("archive", MFD_CLOEXEC)) {
    must(::write(descriptor_, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(descriptor_); }

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

archive::Contents from_pipe(std::string_view input, std::size_t portion) {
  return archive::read_stream([&](std::span<std::byte> buffer) {
    const std::size_t n = std::min({buffer.size(), input.size(), portion});
    std::ranges::copy(as_bytes(input).first(n), buffer.begin());
    input.remove_prefix(n);
    return n;
  });
}

/// Returns whether `size` bytes can be read at `location`.
bool is_there(const std::string& path, const archive::Found& blob) {
  archive::Reader reader(path, blob.location);
  std::vector<std::byte> content(blob.size.count);
  return reader.read(content) == content.size();
}

void check(std::string_view input, std::size_t portion) {
  const MemoryFile file(input);
  const archive::Contents contents = archive::read_contents(file.path());
  const archive::Contents piped = from_pipe(input, portion);
  must(contents.problems.empty() == piped.problems.empty());
  if (contents.problems.empty()) {  // else it depends on the portions how much before the damage is decoded
    must(contents.index_json == piped.index_json && contents.oci_layout == piped.oci_layout);
    must(contents.blobs.size() == piped.blobs.size());
  }
  for (const archive::Found& blob : contents.blobs)
    if (blob.size <= 64_MiB) must(is_there(file.path(), blob));
  closure::Closures closures(plan::HashSeed{1, 2});
  closures.add("archive", contents, [&](std::size_t, const archive::Found& found, std::string_view media_type) {
    return closure::links_of(media_type, archive::read_blob(file.path(), found));
  });
}

}  // namespace
}  // namespace acedt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt::fuzz;
  return with_text(data, size, [](std::string_view input) {
    const std::size_t portion = 1 + take_byte(input);
    check(input, portion);
  });
}
