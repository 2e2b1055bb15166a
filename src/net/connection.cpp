#include "acedt/net/connection.hpp"

#include <asio/steady_timer.hpp>

#include <utility>
#include <variant>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::net {
namespace {

constexpr Bytes least_compared = 1_MiB;

}  // namespace

/// Closes a stream on which nothing came for too long. One timer a connection, re-armed when it fires, not at each
/// read.
class Connection::Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(const async::Executor& executor, Stream& stream, std::chrono::seconds patience)
      : timer_(executor), stream_(&stream), patience_(patience) {}

  void begin() {
    waiting_ = true;
    touch();
    if (!armed_) arm(last_ + patience_);
  }
  void touch() { last_ = std::chrono::steady_clock::now(); }
  void end() { waiting_ = false; }
  bool gave_up() const noexcept { return gave_up_; }
  void complain_if_gave_up() const {
    if (gave_up_) throw Error(ErrorKind::transport, "not a byte for " + std::to_string(patience_.count()) + " s");
  }
  /// The stream is gone.
  void retire() {
    stream_ = nullptr;
    timer_.cancel();
  }

 private:
  void arm(std::chrono::steady_clock::time_point when) {
    armed_ = true;
    timer_.expires_at(when);
    timer_.async_wait([self = shared_from_this()](const std::error_code&) { self->look(); });
  }

  void look() {
    armed_ = false;
    if (stream_ == nullptr || !waiting_) return;
    if (std::chrono::steady_clock::now() < last_ + patience_) return arm(last_ + patience_);
    gave_up_ = true;
    stream_->close();
  }

  asio::steady_timer timer_;
  Stream* stream_;
  std::chrono::seconds patience_;
  std::chrono::steady_clock::time_point last_;
  bool waiting_ = false;
  bool armed_ = false;
  bool gave_up_ = false;
};

Connection::Connection(const async::Executor& executor, std::unique_ptr<Stream> stream, Target target,
                       Patience patience, Bytes buffer, Paces* paces)
    : stream_(std::move(stream)),
      watch_(std::make_shared<Watch>(executor, *stream_, patience.silence)),
      target_(std::move(target)),
      buffer_size_(buffer),
      paces_(paces) {}

Connection::~Connection() {
  watch_->retire();
  stop_comparing();
}

/// With the others on this thread, if it is of some size.
void Connection::compare(const http::ResponseHead& head) {
  if (paces_ == nullptr || head.content_length().value_or(0) < least_compared.count) return;
  body_ = Paces::Body{};
  body_.resumable = head.status == 206 || equal_ignoring_case(head.fields.get("Accept-Ranges").value_or(""), "bytes");
  body_.cut = [this] {
    too_slow_ = true;
    stream_->close();
  };
  paces_->add(body_);
  is_compared_ = true;
}

void Connection::stop_comparing() {
  if (std::exchange(is_compared_, false)) paces_->remove(body_);
}

async::awaitable<http::ResponseHead> Connection::exchange(http::Request request) {
  const std::string message = request.serialize(target_.origin.authority());
  reusable_ = false;
  answered_ = !unread_.empty();
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<std::byte[]>(buffer_size_.count);
  reader_.start(request.method == "HEAD");
  watch_->begin();
  try {
    co_await stream_->write_all(as_bytes(message));
  } catch (...) {
    if (!watch_->gave_up()) throw;
  }
  watch_->complain_if_gave_up();
  http::ResponseReader::Step step = co_await next_step();
  if (auto* head = std::get_if<http::ResponseHead>(&step)) {
    compare(*head);
    co_return std::move(*head);
  }
  throw Error(ErrorKind::transport, "the response ended before it began");
}

async::awaitable<std::span<const std::byte>> Connection::read() {
  const http::ResponseReader::Step step = co_await next_step();
  if (const auto* data = std::get_if<http::ResponseReader::Data>(&step)) co_return data->bytes;
  watch_->end();
  stop_comparing();
  reusable_ = reader_.keeps_alive() && unread_.empty();  // bytes that nobody asked for: better not
  if (reusable_) buffer_.reset();
  co_return std::span<const std::byte>();
}

async::awaitable<http::ResponseReader::Step> Connection::next_step() {
  for (;;) {
    std::size_t used = 0;
    auto step = reader_.feed(unread_, used);
    unread_ = unread_.subspan(used);
    if (std::holds_alternative<http::ResponseReader::NeedMore>(step)) {
      const std::size_t received = co_await receive();
      if (received > 0) continue;
      step = reader_.end_of_input();
    }
    if (const auto* bad = std::get_if<http::ResponseReader::Malformed>(&step)) {
      throw Error(ErrorKind::transport, bad->why);
    }
    co_return step;
  }
}

async::awaitable<std::size_t> Connection::receive() {
  const std::span<std::byte> whole(buffer_.get(), buffer_size_.count);
  std::size_t received = 0;
  body_.waiting = true;
  try {
    received = co_await stream_->read_some(whole);
  } catch (...) {
    if (!watch_->gave_up() && !too_slow_) throw;
  }
  body_.waiting = false;
  body_.received += received;
  watch_->complain_if_gave_up();
  if (too_slow_) throw Error(ErrorKind::transport, "far slower than the other connections");
  watch_->touch();
  answered_ = answered_ || received > 0;
  unread_ = whole.first(received);
  co_return received;
}

}  // namespace acedt::net
