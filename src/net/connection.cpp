#include "acedt/net/connection.hpp"

#include <asio/steady_timer.hpp>

#include <algorithm>
#include <utility>
#include <variant>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::net {
namespace {

constexpr Bytes least_compared = 1_MiB;

void check(const http::ResponseReader::Step& step) {
  const auto* bad = std::get_if<http::ResponseReader::Malformed>(&step);
  if (bad != nullptr) throw Error(ErrorKind::transport, bad->why);
}

}  // namespace

/// Closes a stream on which nothing came on for too long, while somebody waited for it. One timer a connection,
/// re-armed when it fires, not at each read.
class Connection::Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(const async::Executor& executor, Stream& stream, std::chrono::milliseconds patience)
      : timer_(executor), stream_(&stream), patience_(patience) {}

  /// An answer must come, to the end of its head.
  void begin() {
    in_exchange_ = true;
    in_body_ = false;
    waiting_ = true;
    progress(2 * patience_);
    if (!armed_) arm(progress_);
  }
  void answered() {
    in_body_ = true;
    progress(patience_);
  }
  void end() { in_exchange_ = false; }

  /// Around each read: what is done between them is not the other side's time.
  void wait_begins() {
    if (!std::exchange(waiting_, true)) progress_ += Clock::now() - paused_;
  }
  void wait_ends(std::size_t received) {
    waiting_ = false;
    paused_ = Clock::now();
    constexpr std::size_t least_progress = 1 << 10;  // a few bytes now and then are none
    came_ += received;
    if (in_body_ && came_ >= least_progress) progress(patience_);
  }

  bool gave_up() const noexcept { return gave_up_; }
  void complain_if_gave_up() const {
    if (gave_up_) throw Error(ErrorKind::transport, "no progress for " + human(limit_));
  }
  /// The stream is gone.
  void retire() {
    stream_ = nullptr;
    timer_.cancel();
  }

 private:
  using Clock = std::chrono::steady_clock;

  void progress(std::chrono::milliseconds limit) {
    limit_ = limit;
    progress_ = Clock::now();
    came_ = 0;
  }

  void arm(Clock::time_point now) {
    armed_ = true;
    timer_.expires_at(waiting_ ? std::min(progress_ + limit_, now + patience_) : now + patience_);
    timer_.async_wait([self = shared_from_this()](const std::error_code&) { self->look(); });
  }

  void look() {
    armed_ = false;
    if (stream_ == nullptr || !in_exchange_) return;
    const Clock::time_point now = Clock::now();
    if (!waiting_ || now < progress_ + limit_) return arm(now);
    gave_up_ = true;
    stream_->close();
  }

  asio::steady_timer timer_;
  Stream* stream_;
  std::chrono::milliseconds patience_;
  std::chrono::milliseconds limit_{0};
  Clock::time_point progress_;  // when there was some, and later by what was not waited since
  Clock::time_point paused_;
  std::size_t came_ = 0;  // since then
  bool in_exchange_ = false;
  bool in_body_ = false;
  bool waiting_ = false;
  bool armed_ = false;
  bool gave_up_ = false;
};

Connection::Connection(const async::Executor& executor, std::unique_ptr<Stream> stream, Target target,
                       Patience patience, std::shared_ptr<Buffers> buffers, Paces* paces)
    : stream_(std::move(stream)),
      watch_(std::make_shared<Watch>(executor, *stream_, patience.stall)),
      target_(std::move(target)),
      buffers_(std::move(buffers)),
      paces_(paces) {}

Connection::~Connection() {
  watch_->retire();
  stop_comparing();
  if (buffer_) buffers_->give(std::move(buffer_));
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

async::awaitable<http::ResponseHead> Connection::exchange(const http::Request& request) {
  const std::string message = request.serialize(target_.origin.authority());
  reusable_ = false;
  answered_ = !unread_.empty();
  if (!buffer_) buffer_ = buffers_->take();
  reader_.start(request.method == "HEAD");
  watch_->begin();
  try {
    co_await stream_->write_all(as_bytes(message));
  } catch (...) {
    if (!watch_->gave_up()) throw;
  }
  watch_->complain_if_gave_up();
  http::ResponseReader::Step step = step_at_hand();
  if (std::holds_alternative<http::ResponseReader::NeedMore>(step)) step = co_await step_to_come();
  check(step);
  if (auto* head = std::get_if<http::ResponseHead>(&step)) {
    watch_->answered();
    compare(*head);
    co_return std::move(*head);
  }
  throw Error(ErrorKind::transport, "the response ended before it began");
}

async::awaitable<std::span<const std::byte>> Connection::read() {
  http::ResponseReader::Step step = step_at_hand();
  if (std::holds_alternative<http::ResponseReader::NeedMore>(step)) step = co_await step_to_come();
  check(step);
  if (const auto* data = std::get_if<http::ResponseReader::Data>(&step)) co_return data->bytes;
  watch_->end();
  stop_comparing();
  reusable_ = reader_.keeps_alive() && unread_.empty();  // bytes that nobody asked for: better not
  if (reusable_) buffers_->give(std::move(buffer_));
  co_return std::span<const std::byte>();
}

/// What the bytes that are there say, which may be that there must be more.
http::ResponseReader::Step Connection::step_at_hand() {
  std::size_t used = 0;
  http::ResponseReader::Step step = reader_.feed(unread_, used);
  unread_ = unread_.subspan(used);
  return step;
}

/// What they say with those that come, when there must be more.
async::awaitable<http::ResponseReader::Step> Connection::step_to_come() {
  for (;;) {
    const std::size_t received = co_await receive();
    http::ResponseReader::Step step = received > 0 ? step_at_hand() : reader_.end_of_input();
    if (!std::holds_alternative<http::ResponseReader::NeedMore>(step)) co_return step;
  }
}

async::awaitable<std::size_t> Connection::receive() {
  const std::span<std::byte> whole(buffer_.get(), buffers_->size().count);
  std::size_t received = 0;
  body_.waiting = true;
  watch_->wait_begins();
  try {
    received = co_await stream_->read_some(whole);
  } catch (...) {
    if (!watch_->gave_up() && !too_slow_) throw;
  }
  body_.waiting = false;
  body_.received += received;
  watch_->wait_ends(received);
  watch_->complain_if_gave_up();
  if (too_slow_) throw Error(ErrorKind::transport, "far slower than the other connections");
  answered_ = answered_ || received > 0;
  unread_ = whole.first(received);
  co_return received;
}

}  // namespace acedt::net
