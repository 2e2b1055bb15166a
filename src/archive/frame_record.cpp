#include "archive/frame_record.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "acedt/base/text.hpp"

namespace acedt::archive {
namespace {

constexpr std::size_t digits = 10;
constexpr std::size_t line_size = digits + 1;

std::filesystem::path path_beside(std::filesystem::path archive) {
  archive += ".frames";
  return archive;
}

}  // namespace

FrameRecord::FrameRecord(const std::filesystem::path& archive, const Disk& disk)
    : disk_(disk), file_(File::open_or_create(path_beside(archive), disk)) {}

std::vector<Bytes> FrameRecord::sizes(std::size_t most, Bytes file_size) {
  std::string text(std::min(most, file_.size().count / line_size) * line_size, '\0');
  text.resize(file_.read_at({}, std::as_writable_bytes(std::span(text))) / line_size * line_size);
  std::vector<Bytes> sizes;
  for (Bytes end; text.size() > sizes.size() * line_size;) {
    const auto size = to_number(std::string_view(text).substr(sizes.size() * line_size, digits));
    const bool is_there = size && *size > 0 && end + Bytes{*size} <= file_size;
    if (!is_there) break;
    sizes.push_back({*size});
    end += sizes.back();
  }
  cut(sizes.size());
  return sizes;
}

void FrameRecord::append(Bytes frame) {
  std::array<char, line_size + 1> line{};
  std::snprintf(line.data(), line.size(), "%010llu\n", static_cast<unsigned long long>(frame.count));
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
