// Reads a file in portions of 256 KiB and decodes them. Damage does not hide the bytes before it: the exception is kept
// and thrown by the next read().

#include "acedt/archive/reader.hpp"

#include <algorithm>
#include <array>

#include "acedt/base/error.hpp"

namespace acedt::archive {
namespace {

constexpr std::size_t input_size = 256 << 10;

codec::Compression compression_of(const JoinedFile& file) {
  std::array<std::byte, 4> first{};
  return codec::sniff(std::span(first).first(file.read_at({0}, first)));
}

}  // namespace

Reader::Reader(const std::filesystem::path& path, tar::Location location, const Disk& disk)
    : file_(JoinedFile::open(path, disk)),
      compression_(compression_of(file_)),
      decoder_(compression_),
      next_(location.frame),
      input_(input_size) {
  std::vector<std::byte> dropped(std::min<std::uint64_t>(location.skip, input_size));
  for (std::uint64_t left = location.skip; left > 0;) {
    const std::size_t n = read(std::span(dropped).first(std::min<std::uint64_t>(left, dropped.size())));
    if (n == 0) break;
    left -= n;
  }
}

std::size_t Reader::read(std::span<std::byte> buffer) {
  if (damage_) std::rethrow_exception(damage_);
  std::size_t done = 0;
  try {
    while (done < buffer.size()) {
      const std::size_t n = decode(buffer.subspan(done));
      if (n == 0) break;
      done += n;
    }
  } catch (const Error&) {
    if (done == 0) throw;
    damage_ = std::current_exception();
  }
  return done;
}

std::size_t Reader::decode(std::span<std::byte> output) {
  for (;;) {
    if (decoder_.at_boundary()) frame_ = next_ - undecoded_.size();  // each call decodes from one frame only
    const auto [consumed, produced] = decoder_.decode(undecoded_, output);
    undecoded_ = undecoded_.subspan(consumed);
    if (produced > 0) return produced;
    if (consumed > 0) continue;
    const std::size_t n = file_.read_at({next_}, input_);
    if (n == 0) return 0;
    next_ += n;
    undecoded_ = std::span(input_).first(n);
  }
}

}  // namespace acedt::archive
