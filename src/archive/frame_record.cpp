#include "archive/frame_record.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>

#include "acedt/base/text.hpp"

namespace acedt::archive {
namespace {

constexpr std::size_t size_digits = 10;
constexpr std::size_t checksum_digits = 8;
constexpr std::size_t line_size = size_digits + 1 + checksum_digits + 1;

/// The size and the checksum in a line of the record; unset if that is not what it has.
std::optional<FrameRecord::Frame> parse(std::string_view line) {
  const auto size = to_number(line.substr(0, size_digits));
  const std::string_view hex = line.substr(size_digits + 1, checksum_digits);
  FrameRecord::Frame frame;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), frame.checksum, 16);
  const bool is_whole = size && *size > 0 && line[size_digits] == ' ' && line.back() == '\n' && error == std::errc() &&
                        end == hex.data() + hex.size();
  if (!is_whole) return std::nullopt;
  frame.size = {*size};
  return frame;
}

std::filesystem::path path_beside(std::filesystem::path archive) {
  archive += ".frames";
  return archive;
}

}  // namespace

FrameRecord::FrameRecord(const std::filesystem::path& archive, const Disk& disk)
    : disk_(disk), file_(File::open_or_create(path_beside(archive), disk)) {}

std::vector<FrameRecord::Frame> FrameRecord::frames(std::uint64_t most, Bytes file_size) {
  std::string text(std::min(most, file_.size().count / line_size) * line_size, '\0');
  text.resize(file_.read_at({}, std::as_writable_bytes(std::span(text))) / line_size * line_size);
  std::vector<Frame> frames;
  for (Bytes end; text.size() > frames.size() * line_size;) {
    std::optional<Frame> frame = parse(std::string_view(text).substr(frames.size() * line_size, line_size));
    if (!frame || end + frame->size > file_size) break;
    frame->at = end;
    end += frame->size;
    frames.push_back(*frame);
  }
  cut(frames.size());
  return frames;
}

void FrameRecord::append(Bytes size, std::uint32_t checksum) {
  std::array<char, line_size + 1> line{};
  std::snprintf(line.data(), line.size(), "%010llu %08x\n", static_cast<unsigned long long>(size.count), checksum);
  file_.write_at({frames_ * line_size}, std::as_bytes(std::span(line).first(line_size)));
  ++frames_;
}

void FrameRecord::cut(std::size_t frames) {
  frames_ = frames;
  file_.truncate({frames * line_size});
}

void FrameRecord::remove() const {
  disk_.discard(file_.path());
}

}  // namespace acedt::archive
