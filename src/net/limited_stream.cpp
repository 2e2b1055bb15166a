#include "acedt/net/limited_stream.hpp"

#include <algorithm>
#include <utility>

#include "acedt/async/timeout.hpp"

namespace acedt::net {
namespace {

constexpr double in_a_piece = 0.01;  // seconds' worth
constexpr std::size_t smallest_piece = 1 << 10;

class LimitedStream : public Stream {
 public:
  LimitedStream(std::unique_ptr<Stream> stream, std::shared_ptr<TokenBucket> bytes)
      : stream_(std::move(stream)),
        bytes_(std::move(bytes)),
        piece_(std::max(smallest_piece, static_cast<std::size_t>(bytes_->per_second() * in_a_piece))) {}

  async::awaitable<std::size_t> read_some(std::span<std::byte> buffer) override {
    const std::size_t received = co_await stream_->read_some(buffer.first(std::min(buffer.size(), piece_)));
    const auto wait = bytes_->take(static_cast<double>(received), std::chrono::steady_clock::now());
    if (wait.count() > 0) co_await async::sleep(wait);
    co_return received;
  }
  async::awaitable<void> write_all(std::span<const std::byte> bytes) override { return stream_->write_all(bytes); }
  void close() noexcept override { stream_->close(); }

 private:
  std::unique_ptr<Stream> stream_;
  std::shared_ptr<TokenBucket> bytes_;
  std::size_t piece_;
};

}  // namespace

std::unique_ptr<Stream> limited_stream(std::unique_ptr<Stream> stream, std::shared_ptr<TokenBucket> bytes) {
  return std::make_unique<LimitedStream>(std::move(stream), std::move(bytes));
}

}  // namespace acedt::net
