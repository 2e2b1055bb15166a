#include "acedt/archive/compressor.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace acedt::archive {
namespace {

constexpr std::uint64_t frame_size = 4 << 20;

}  // namespace

async::awaitable<void> Window::reach(Bytes position) {
  if (position.count <= limit_.load(std::memory_order_acquire)) co_return;
  auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, position);
  {
    const std::lock_guard lock(mutex_);
    if (position.count <= limit_.load(std::memory_order_acquire)) co_return;
    waiters_.push_back(waiter);
  }
  while (position.count > limit_.load(std::memory_order_acquire)) co_await waiter->reached.wait();
}

void Window::extend(Bytes limit) {
  const std::lock_guard lock(mutex_);
  limit_.store(limit.count, std::memory_order_release);
  std::erase_if(waiters_, [limit](const std::shared_ptr<Waiter>& waiter) {
    if (waiter->position > limit) return false;
    asio::post(waiter->executor, [waiter] { waiter->reached.wake_all(); });
    return true;
  });
}

/// One archive of a Compressor.
class CompressedWriter : public Writer, public std::enable_shared_from_this<CompressedWriter> {
 public:
  CompressedWriter(Compressor& compressor, const std::filesystem::path& path, Bytes begin, Bytes size)
      : compressor_(compressor),
        file_(File::create(path)),
        begin_(begin),
        size_(size),
        frames_((size.count + frame_size - 1) / frame_size),
        changed_(compressor.control_) {}

  async::awaitable<void> write(Bytes offset, std::span<const std::byte> head,
                               std::span<const std::byte> tail) override {
    co_await put(offset, head);
    const Bytes behind = offset + Bytes{head.size()};
    co_await put(behind, tail);
  }

  bool rewritable() const noexcept override { return false; }

  async::awaitable<void> finish() override {
    while (next_ < frames_.size() && !failure_) co_await changed_.wait();
    if (failure_) std::rethrow_exception(failure_);
  }

  tar::Place place(Bytes offset) const override {
    return {frames_[offset.count / frame_size].at.count, offset.count % frame_size};
  }
  Bytes file_size() const override { return file_size_; }

 private:
  friend class Compressor;

  struct Frame {
    std::unique_ptr<std::byte[]> raw;    // while it is being filled
    std::atomic<std::size_t> filled{0};  // bytes of it
    std::vector<std::byte> packed;       // compressed, while it waits for those before it
    bool ready = false;
    Bytes at{0};  // in the file
  };

  std::size_t raw_size(std::size_t frame) const { return std::min(frame_size, size_.count - frame * frame_size); }

  std::byte* raw(std::size_t frame) {
    const std::lock_guard lock(allocation_);
    auto& bytes = frames_[frame].raw;
    if (!bytes) bytes = std::make_unique_for_overwrite<std::byte[]>(raw_size(frame));
    return bytes.get();
  }

  async::awaitable<void> put(Bytes offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::size_t frame = offset.count / frame_size;
      const std::size_t within = offset.count % frame_size;
      const std::size_t n = std::min(bytes.size(), raw_size(frame) - within);
      const Bytes end = begin_ + offset + Bytes{n};
      co_await compressor_.window_.reach(end);
      std::memcpy(raw(frame) + within, bytes.data(), n);
      const std::size_t filled = frames_[frame].filled.fetch_add(n, std::memory_order_acq_rel) + n;
      if (filled == raw_size(frame)) compressor_.compress(shared_from_this(), frame);
      bytes = bytes.subspan(n);
      offset.count += n;
    }
  }

  /// Writes the frames that are ready and have nothing before them. False while there are others to come.
  bool write_ready() {
    for (; next_ < frames_.size() && frames_[next_].ready; ++next_) {
      Frame& frame = frames_[next_];
      frame.at = file_size_;
      file_.write_at(file_size_, frame.packed);
      file_size_ += Bytes{frame.packed.size()};
      compressor_.written_ += Bytes{raw_size(next_)};
      frame.packed = {};
    }
    changed_.wake_all();
    return next_ == frames_.size();
  }

  Compressor& compressor_;
  File file_;
  Bytes begin_;  // among the tar streams of all archives
  Bytes size_;
  std::vector<Frame> frames_;
  std::mutex allocation_;
  std::size_t next_ = 0;  // frame to be written
  Bytes file_size_{0};
  async::Event changed_;
  std::exception_ptr failure_;
};

Compressor::Compressor(const async::Executor& control, Settings settings)
    : control_(control),
      settings_(settings),
      window_(std::max(settings.window, Bytes{frame_size})),
      pool_(std::make_unique<asio::thread_pool>(settings.threads)) {}

Compressor::~Compressor() = default;

std::shared_ptr<Writer> Compressor::next(const std::filesystem::path& path, Bytes size) {
  auto writer = std::make_shared<CompressedWriter>(*this, path, begun_, size);
  begun_ += size;
  line_.push_back(writer);
  return writer;
}

void Compressor::compress(std::shared_ptr<CompressedWriter> writer, std::size_t frame) {
  const auto take_encoder = [this]() -> codec::FrameEncoder {
    const std::lock_guard lock(encoders_mutex_);
    if (encoders_.empty()) return {settings_.compression, settings_.level};
    codec::FrameEncoder encoder = std::move(encoders_.back());
    encoders_.pop_back();
    return encoder;
  };
  const auto give_encoder = [this](codec::FrameEncoder encoder) {
    const std::lock_guard lock(encoders_mutex_);
    encoders_.push_back(std::move(encoder));
  };
  auto job = [this, writer = std::move(writer), frame, take_encoder, give_encoder] {
    auto& target = writer->frames_[frame];
    std::vector<std::byte> packed;
    std::exception_ptr failure;
    try {
      codec::FrameEncoder encoder = take_encoder();
      const auto bytes = encoder.encode({target.raw.get(), writer->raw_size(frame)});
      packed.assign(bytes.begin(), bytes.end());
      target.raw.reset();
      give_encoder(std::move(encoder));
    } catch (...) {
      failure = std::current_exception();
    }
    asio::post(control_, [this, writer, frame, packed = std::move(packed), failure]() mutable {
      writer->frames_[frame].packed = std::move(packed);
      writer->frames_[frame].ready = failure == nullptr;
      if (failure) writer->failure_ = failure;
      write_ready();
    });
  };
  asio::post(*pool_, std::move(job));
}

void Compressor::write_ready() {
  if (line_.empty()) return;
  try {
    while (!line_.empty() && line_.front()->write_ready()) line_.pop_front();
  } catch (...) {
    line_.front()->failure_ = std::current_exception();
    line_.front()->changed_.wake_all();
  }
  window_.extend(written_ + std::max(settings_.window, Bytes{frame_size}));
}

async::awaitable<void> Compressor::close() {
  pool_->join();
  co_await asio::post(control_, asio::use_awaitable);  // behind all that the threads have posted
  line_.clear();
}

}  // namespace acedt::archive
