#include "verify/parts.hpp"

#include <algorithm>
#include <utility>

#include "acedt/base/joined_file.hpp"
#include "acedt/codec/hasher.hpp"

namespace acedt::verify {
namespace {

constexpr Bytes min_part = 16_MiB;
constexpr std::size_t portion = 1 << 20;

/// Reads a file from front to back, in large portions.
class Window {
 public:
  Window(const JoinedFile& file, Bytes end) : file_(file), end_(end), buffer_(portion) {}

  /// Returns bytes of the file from `offset` on, `size` at most; none at its end.
  std::span<const std::byte> at(Bytes offset, Bytes size) {
    if (offset < start_ || offset >= start_ + Bytes{filled_}) {
      start_ = offset;
      const auto wanted = std::min<std::uint64_t>(buffer_.size(), (end_ - offset).count);
      filled_ = file_.read_at(offset, std::span(buffer_).first(wanted));
    }
    const auto rest = std::span(buffer_).first(filled_).subspan((offset - start_).count);
    return rest.first(std::min<std::uint64_t>(rest.size(), size.count));
  }

 private:
  const JoinedFile& file_;
  Bytes end_;
  std::vector<std::byte> buffer_;
  Bytes start_;
  std::size_t filled_ = 0;
};

std::optional<closure::Fault> compare(const archive::Found& blob, const oci::Digest& digest) {
  if (digest == blob.digest) return std::nullopt;
  return closure::Fault{blob.digest, "has the digest " + digest.text()};
}

}  // namespace

void add_parts(std::vector<Part>& parts, std::size_t archive, std::span<const archive::Found> blobs) {
  Part part{.archive = archive};
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    part.size += blobs[i].size;
    ++part.count;
    if (part.size < min_part && i + 1 < blobs.size()) continue;
    parts.push_back(std::exchange(part, Part{.archive = archive, .first = i + 1}));
  }
}

std::vector<closure::Fault> damage_in(const std::filesystem::path& path, std::span<const archive::Found> blobs,
                                      const Disk& disk) {
  const JoinedFile file = JoinedFile::open(path, disk);
  Window window(file, Bytes{blobs.back().location.frame} + blobs.back().size);
  std::vector<closure::Fault> damage;
  for (const archive::Found& blob : blobs) {
    codec::Hasher hasher(blob.digest.algorithm());
    Bytes offset{blob.location.frame};
    for (Bytes left = blob.size; left.count > 0;) {
      const auto bytes = window.at(offset, left);
      if (bytes.empty()) break;  // the file was truncated in the meantime: the digest will not match
      hasher.update(bytes);
      offset += {bytes.size()};
      left = left - Bytes{bytes.size()};
    }
    if (const auto fault = compare(blob, hasher.finish())) damage.push_back(*fault);
  }
  return damage;
}

}  // namespace acedt::verify
