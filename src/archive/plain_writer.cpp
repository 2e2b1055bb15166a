#include "acedt/archive/writer.hpp"

#include "archive/early_flush.hpp"

namespace acedt::archive {
namespace {

class PlainWriter : public Writer {
 public:
  PlainWriter(const std::filesystem::path& path, Bytes size) : file_(File::create(path)), size_(size) {
    file_.preallocate(size);
  }

  async::awaitable<void> room(Bytes, Bytes) override { co_return; }

  async::awaitable<void> write(Bytes offset, std::span<const std::byte> head, std::span<const std::byte> tail,
                               Keep) override {
    if (head.empty()) {
      file_.write_at(offset, tail);
    } else {
      file_.write_at(offset, head, tail);
    }
    flush_.wrote(file_, head.size() + tail.size());
    co_return;
  }

  void read_back(Bytes offset, std::span<std::byte> buffer) override { file_.read_at(offset, buffer); }
  void release(Bytes, Bytes) override {}
  bool rewritable() const noexcept override { return true; }
  async::awaitable<void> finish() override { co_return; }
  tar::Place place(Bytes offset) const override { return {offset.count, 0}; }
  Bytes file_size() const override { return size_; }

 private:
  File file_;
  Bytes size_;
  EarlyFlush flush_;
};

}  // namespace

std::shared_ptr<Writer> plain_writer(const std::filesystem::path& path, Bytes size) {
  return std::make_shared<PlainWriter>(path, size);
}

}  // namespace acedt::archive
