// A plain archive is a preallocated file: every byte is written to its final offset with pwrite, from any thread, and
// may be overwritten. Bytes that are recorded (WrittenRecord) and that the file system has as data (File::written())
// count as recovered, except in blocks at the edges of an extent, which may be written in part.

#include "acedt/archive/writer.hpp"

#include <algorithm>
#include <optional>

#include "acedt/base/joined_file.hpp"
#include "archive/early_flush.hpp"
#include "archive/records.hpp"

namespace acedt::archive {
namespace {

/// Returns the intersection of `a` and `b`, which are in order and without overlaps.
std::vector<File::Extent> intersection(const std::vector<File::Extent>& a, const std::vector<File::Extent>& b) {
  std::vector<File::Extent> both;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end(); ++(x->end < y->end ? x : y)) {
    const File::Extent extent{std::max(x->first, y->first), std::min(x->end, y->end)};
    if (extent.first < extent.end) both.push_back(extent);
  }
  return both;
}

class PlainWriter : public Writer {
 public:
  PlainWriter(const std::filesystem::path& path, Bytes size, std::optional<Bytes> part_size, const Disk& disk)
      : file_(JoinedFile::open_or_create(path, part_size, disk)), size_(size), flush_(size) {
    file_.disable_read_ahead();
    if (size > WrittenRecord::min_extent) record_.emplace(path, size, disk);  // else there is little to recover
    const Bytes before = file_.size();
    if (before != size) {
      if (record_) record_->replace({});
      if (before != Bytes{}) file_.truncate({});
      file_.preallocate(size);
      return;
    }
    const Bytes block = file_.block_size();
    for (const File::Extent& extent : file_.written()) {
      const bool at_end = extent.end == size;
      // A block at an edge may have been written in part.
      const Bytes first = extent.first == Bytes{} ? extent.first : extent.first + block;
      if (extent.end > first + block) recovered_.push_back({first, at_end ? extent.end : extent.end - block});
    }
    if (!record_) return;
    recovered_ = intersection(recovered_, record_->extents());
    record_->replace(recovered_);
  }

  const std::vector<File::Extent>& recovered() const noexcept override { return recovered_; }

  async::awaitable<void> room(Bytes, Bytes) override { co_return; }

  async::awaitable<void> write(Bytes offset, std::span<const std::byte> head, std::span<const std::byte> tail,
                               Retain) override {
    if (head.empty()) {
      file_.write_at(offset, tail);
    } else {
      file_.write_at(offset, head, tail);
    }
    flush_.wrote(file_, head.size() + tail.size());
    if (record_) record_->wrote(offset, {head.size() + tail.size()});
    co_return;
  }

  void read_back(Bytes offset, std::span<std::byte> buffer) override { file_.read_at(offset, buffer); }
  void release(Bytes, Bytes) override {}
  bool rewritable() const noexcept override { return true; }
  void committed() override {
    if (record_) record_->remove();
  }
  void forget_from(Bytes) override {}
  async::awaitable<void> finish() override { co_return; }
  tar::Location location(Bytes offset) const override { return {offset.count, 0}; }
  Bytes file_size() const override { return size_; }

 private:
  JoinedFile file_;
  Bytes size_;
  std::optional<WrittenRecord> record_;
  std::vector<File::Extent> recovered_;
  EarlyFlush flush_;
};

}  // namespace

std::shared_ptr<Writer> plain_writer(const std::filesystem::path& path, Bytes size, std::optional<Bytes> part_size,
                                     const Disk& disk) {
  return std::make_shared<PlainWriter>(path, size, part_size, disk);
}

}  // namespace acedt::archive
