#include "archive/written_record.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <string>

#include "acedt/base/text.hpp"

namespace acedt::archive {
namespace {

constexpr std::size_t digits = 20;
constexpr std::size_t line_size = digits + 1 + digits + 1;
constexpr std::size_t max_read = 200'000 * line_size;

std::filesystem::path path_beside(std::filesystem::path archive) {
  archive += ".written";
  return archive;
}

std::string line_of(std::uint64_t first, std::uint64_t end) {
  std::array<char, line_size + 1> line{};
  std::snprintf(line.data(), line.size(), "%020llu %020llu\n", static_cast<unsigned long long>(first),
                static_cast<unsigned long long>(end));
  return line.data();
}

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

}  // namespace

WrittenRecord::WrittenRecord(const std::filesystem::path& archive, Bytes size, const Disk& disk)
    : disk_(disk),
      file_(File::open_or_create(path_beside(archive), disk)),
      size_(size),
      enough_(std::clamp(size.count / 4096, least.count, (16_MiB).count)) {}

std::vector<File::Extent> WrittenRecord::extents() const {
  std::string text(std::min<std::uint64_t>(file_.size().count, max_read), '\0');
  text.resize(file_.read_at({}, std::as_writable_bytes(std::span(text))) / line_size * line_size);
  std::vector<File::Extent> extents;
  for (std::string_view left = text; !left.empty(); left.remove_prefix(line_size)) {
    const auto first = to_number(left.substr(0, digits));
    const auto end = to_number(left.substr(digits + 1, digits));
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
  if (end - first < enough_) {
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
