#include "acedt/archive/writer.hpp"

#include <fcntl.h>

#include <atomic>

namespace acedt::archive {
namespace {

constexpr std::uint64_t written_between_flushes = 16 << 20;

class PlainWriter : public Writer {
 public:
  PlainWriter(const std::filesystem::path& path, Bytes size) : file_(File::create(path)), size_(size) {
    file_.preallocate(size);
  }

  async::awaitable<void> write(Bytes offset, std::span<const std::byte> head,
                               std::span<const std::byte> tail) override {
    if (head.empty()) {
      file_.write_at(offset, tail);
    } else {
      file_.write_at(offset, head, tail);
    }
    flush_now_and_then(head.size() + tail.size());
    co_return;
  }

  bool rewritable() const noexcept override { return true; }
  async::awaitable<void> finish() override { co_return; }
  tar::Place place(Bytes offset) const override { return {offset.count, 0}; }
  Bytes file_size() const override { return size_; }

 private:
  /// Makes the kernel begin to write what is dirty, without waiting for it: else all of it waits for the sync at the
  /// end.
  void flush_now_and_then(std::uint64_t more) {
    const std::uint64_t before = written_.fetch_add(more, std::memory_order_relaxed);
    const bool due = before / written_between_flushes != (before + more) / written_between_flushes;
    if (due) ::sync_file_range(file_.descriptor(), 0, 0, SYNC_FILE_RANGE_WRITE);
  }

  File file_;
  Bytes size_;
  std::atomic<std::uint64_t> written_{0};
};

}  // namespace

std::shared_ptr<Writer> plain_writer(const std::filesystem::path& path, Bytes size) {
  return std::make_shared<PlainWriter>(path, size);
}

}  // namespace acedt::archive
