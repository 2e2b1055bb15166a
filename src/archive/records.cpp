// Lines of fixed size, so that a line can be found and overwritten by its number, and a line that was only partly
// written at a crash is recognised by its length.

#include "archive/records.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <optional>
#include <string>

#include "acedt/base/text.hpp"

namespace acedt::archive {
namespace {

constexpr std::size_t size_digits = 10;
constexpr std::size_t checksum_digits = 8;
constexpr std::size_t frame_line = size_digits + 1 + checksum_digits + 1;

/// Parses a line: size and checksum of a frame. Returns nullopt if it is invalid.
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

constexpr std::size_t offset_digits = 20;
constexpr std::size_t extent_line = offset_digits + 1 + offset_digits + 1;
constexpr std::size_t max_read = 200'000 * extent_line;

/// Returns the line of an extent.
std::string line_of(std::uint64_t first, std::uint64_t end) {
  std::array<char, extent_line + 1> line{};
  std::snprintf(line.data(), line.size(), "%020llu %020llu\n", static_cast<unsigned long long>(first),
                static_cast<unsigned long long>(end));
  return line.data();
}

/// Sorts `extents`, and joins those that overlap or touch.
void merge(std::vector<File::Extent>& extents) {
  std::ranges::sort(extents, {}, [](const File::Extent& extent) { return extent.first; });
  std::vector<File::Extent> merged;
  for (const File::Extent& extent : extents) {
    if (merged.empty() || merged.back().end < extent.first) {
      merged.push_back(extent);
    } else {
      merged.back().end = std::max(merged.back().end, extent.end);
    }
  }
  extents = std::move(merged);
}

std::filesystem::path with_suffix(std::filesystem::path archive, const char* suffix) {
  archive += suffix;
  return archive;
}

}  // namespace

FrameRecord::FrameRecord(const std::filesystem::path& archive, const Disk& disk)
    : disk_(disk), file_(File::open_or_create(with_suffix(archive, ".frames"), disk)) {}

std::vector<FrameRecord::Frame> FrameRecord::frames(std::uint64_t max_frames, Bytes file_size) {
  std::string text(std::min(max_frames, file_.size().count / frame_line) * frame_line, '\0');
  text.resize(file_.read_at({}, std::as_writable_bytes(std::span(text))) / frame_line * frame_line);
  std::vector<Frame> frames;
  for (Bytes end; text.size() > frames.size() * frame_line;) {
    std::optional<Frame> frame = parse(std::string_view(text).substr(frames.size() * frame_line, frame_line));
    if (!frame || end + frame->size > file_size) break;
    frame->at = end;
    end += frame->size;
    frames.push_back(*frame);
  }
  cut(frames.size());
  return frames;
}

void FrameRecord::append(Bytes size, std::uint32_t checksum) {
  std::array<char, frame_line + 1> line{};
  std::snprintf(line.data(), line.size(), "%010llu %08x\n", static_cast<unsigned long long>(size.count), checksum);
  file_.write_at({frames_ * frame_line}, std::as_bytes(std::span(line).first(frame_line)));
  ++frames_;
}

void FrameRecord::cut(std::size_t frames) {
  frames_ = frames;
  file_.truncate({frames * frame_line});
}

void FrameRecord::remove() const {
  disk_.discard(file_.path());
}

WrittenRecord::WrittenRecord(const std::filesystem::path& archive, Bytes size, const Disk& disk)
    : disk_(disk),
      file_(File::open_or_create(with_suffix(archive, ".written"), disk)),
      size_(size),
      min_size_(std::clamp(size.count / 4096, min_extent.count, (16_MiB).count)) {}

std::vector<File::Extent> WrittenRecord::extents() const {
  std::string text(std::min<std::uint64_t>(file_.size().count, max_read), '\0');
  text.resize(file_.read_at({}, std::as_writable_bytes(std::span(text))) / extent_line * extent_line);
  std::vector<File::Extent> extents;
  for (std::string_view left = text; !left.empty(); left.remove_prefix(extent_line)) {
    const auto first = to_number(left.substr(0, offset_digits));
    const auto end = to_number(left.substr(offset_digits + 1, offset_digits));
    if (first && end && *first < *end && *end <= size_.count) extents.push_back({{*first}, {*end}});
  }
  merge(extents);
  return extents;
}

void WrittenRecord::replace(const std::vector<File::Extent>& extents) {
  std::string text;
  for (const File::Extent& extent : extents) text += line_of(extent.first.count, extent.end.count);
  file_.write_at({}, as_bytes(text));
  end_ = {text.size()};
  file_.truncate(end_);
}

void WrittenRecord::wrote(Bytes offset, Bytes size) {
  std::uint64_t first = offset.count;
  std::uint64_t end = first + size.count;
  const std::lock_guard lock(mutex_);
  auto next = gathered_.upper_bound(first);
  if (next != gathered_.begin() && std::prev(next)->second >= first) {
    --next;
    first = next->first;
  }
  for (; next != gathered_.end() && next->first <= end; next = gathered_.erase(next)) end = std::max(end, next->second);
  if (end - first < min_size_) {
    gathered_.emplace(first, end);
    return;
  }
  const std::string line = line_of(first, end);
  file_.write_at(end_, as_bytes(line));
  end_ += {line.size()};
}

void WrittenRecord::remove() const {
  disk_.discard(file_.path());
}

}  // namespace acedt::archive
