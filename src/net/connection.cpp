#include "acedt/net/connection.hpp"

#include <asio/steady_timer.hpp>

#include <algorithm>
#include <utility>
#include <variant>

#include "acedt/async/task_group.hpp"
#include "acedt/async/timeout.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::net {
namespace {

constexpr Bytes min_compared = 1_MiB;

// At a limited rate, so that many connections share it evenly and none is silent for long.
constexpr double limited_piece = 0.01;  // seconds' worth
constexpr std::size_t min_limited_piece = 1 << 10;

// Of a body, within each Timeouts::stall: 137 bytes a second by default. A line of 56 kbit/s that 16 connections share
// gives each of them three times as much.
constexpr std::size_t min_progress = 4 << 10;

void check(const http::ResponseReader::Step& step) {
  const auto* bad = std::get_if<http::ResponseReader::Malformed>(&step);
  if (bad != nullptr) throw Error(bad->cut ? ErrorKind::transport : ErrorKind::protocol, bad->why);
}

}  // namespace

/// Closes a stream that is too slow. Only the time counts in which this side waits for the other. One timer for a
/// connection, re-armed when it fires, not at each read.
class Connection::Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(const async::Executor& executor, Stream& stream, Timeouts timeouts)
      : timer_(executor), stream_(&stream), timeouts_(timeouts) {}

  /// The request must be sent, and the head of its answer come.
  void begin() {
    in_exchange_ = true;
    in_body_ = in_commit_ = false;
    waiting_ = true;
    waited_ = Duration::zero();
    since_ = Clock::now();
    all_due_ = Duration::max();
    expect_progress(timeouts_.answer());
    if (!armed_) arm(since_);
  }
  /// Watches a body that is sent or received.
  void body_begins() {
    in_body_ = true;
    in_commit_ = false;
    expect_progress(timeouts_.stall);
  }
  /// Watches for the head of the response, after all of the request is sent.
  void sent(Bytes body) {
    in_body_ = false;
    in_commit_ = true;
    wait_begins();
    expect_progress(timeouts_.answer_to(body));
  }
  /// All of the body must come in time, too.
  void bound() { all_due_ = waited(Clock::now()) + timeouts_.document(); }
  void end() { in_exchange_ = false; }

  /// Around each read: what is done between them is not the other side's time.
  void wait_begins() {
    if (!std::exchange(waiting_, true)) since_ = Clock::now();
  }
  void wait_ends(std::size_t moved) {
    waited_ = waited(Clock::now());
    waiting_ = false;
    came_ += moved;
    if (in_body_ && came_ >= min_progress) expect_progress(timeouts_.stall);
  }

  bool gave_up() const noexcept { return !why_.empty(); }
  void complain_if_gave_up() const {
    if (!gave_up()) return;
    throw Error(ErrorKind::transport, why_)
        .hint(in_commit_ ? "raise --commit-timeout for a registry that takes long to store what it received"
                         : "raise --stall-timeout for a slower network");
  }
  /// The stream is gone.
  void retire() {
    stream_ = nullptr;
    timer_.cancel();
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Duration = Clock::duration;

  /// In this exchange, until `now`.
  Duration waited(Clock::time_point now) const { return waiting_ ? waited_ + (now - since_) : waited_; }

  void expect_progress(std::chrono::milliseconds limit) {
    limit_ = limit;
    due_ = waited(Clock::now()) + limit;
    came_ = 0;
  }

  void arm(Clock::time_point now) {
    armed_ = true;
    const Duration left = std::min(due_, all_due_) - waited(now);
    timer_.expires_at(now + (waiting_ ? std::min<Duration>(left, timeouts_.stall) : timeouts_.stall));
    timer_.async_wait([self = shared_from_this()](const std::error_code&) { self->look(); });
  }

  void look() {
    armed_ = false;
    if (stream_ == nullptr || !in_exchange_) return;
    const Clock::time_point now = Clock::now();
    if (!waiting_ || waited(now) < std::min(due_, all_due_)) return arm(now);
    why_ = in_commit_        ? "no response for " + human(limit_) + " after the last byte was sent"
           : due_ < all_due_ ? "no progress for " + human(limit_)
                             : "the answer did not end within " + human(timeouts_.document());
    stream_->close();
  }

  asio::steady_timer timer_;
  Stream* stream_;
  Timeouts timeouts_;
  Duration waited_{};        // in this exchange, before since_
  Clock::time_point since_;  // waiting, if it is
  std::chrono::milliseconds limit_{0};
  Duration due_{};        // waiting time at which progress must have been made
  Duration all_due_{};    // and at which the body must have ended
  std::size_t came_ = 0;  // since the last progress
  std::string why_ = {};  // it gave up
  bool in_exchange_ = false;
  bool in_body_ = false;
  bool in_commit_ = false;
  bool waiting_ = false;
  bool armed_ = false;
};

Connection::Connection(const async::Executor& executor, std::unique_ptr<Stream> stream, Target target,
                       Timeouts timeouts, std::shared_ptr<Buffers> buffers, StragglerDetector* stragglers,
                       std::shared_ptr<TokenBucket> bytes)
    : stream_(std::move(stream)),
      watch_(std::make_shared<Watch>(executor, *stream_, timeouts)),
      target_(std::move(target)),
      buffers_(std::move(buffers)),
      stragglers_(stragglers),
      bytes_(std::move(bytes)) {}

Connection::~Connection() {
  watch_->retire();
  stop_comparing();
  if (buffer_) buffers_->give(std::move(buffer_));
}

/// With the others on this thread, if it is of some size.
void Connection::compare(const http::ResponseHead& head) {
  if (stragglers_ == nullptr || head.content_length().value_or(0) < min_compared.count) return;
  body_ = StragglerDetector::Body{};
  body_.resumable = head.status == 206 || equal_ignoring_case(head.fields.get("Accept-Ranges").value_or(""), "bytes");
  body_.cut = [this] {
    too_slow_ = true;
    stream_->close();
  };
  stragglers_->add(body_);
  is_compared_ = true;
}

void Connection::stop_comparing() {
  if (std::exchange(is_compared_, false)) stragglers_->remove(body_);
}

async::awaitable<http::ResponseHead> Connection::exchange(const http::Request& request) {
  co_await begin(request);
  co_return co_await read_head();
}

async::awaitable<void> Connection::begin(const http::Request& request) {
  const std::string message = request.serialize(target_.origin.authority());
  reusable_ = answered_ = is_cut_short_ = false;
  if (!buffer_) buffer_ = buffers_->take();
  reader_.start(request.method == "HEAD");
  watch_->begin();
  try {
    co_await stream_->write_all(as_bytes(message));
  } catch (...) {
    if (!watch_->gave_up()) throw;
  }
  watch_->complain_if_gave_up();
}

async::awaitable<http::ResponseHead> Connection::read_head() {
  http::ResponseReader::Step step = step_at_hand();
  if (std::holds_alternative<http::ResponseReader::NeedMore>(step)) step = co_await step_to_come();
  check(step);
  if (auto* head = std::get_if<http::ResponseHead>(&step)) {
    watch_->body_begins();
    compare(*head);
    co_return std::move(*head);
  }
  throw Error(ErrorKind::transport, "the response ended before it began");
}

/// Runs two coroutines: one sends the body, the other reads the head of the response, which ends both. A server that
/// does not want the rest of the body answers early, and may read no more of it.
async::awaitable<http::ResponseHead> Connection::exchange(const http::Request& request, RequestBody& body) {
  const std::span<const std::byte> first = co_await body.read();
  co_await begin(request);
  sending_ = true;
  watch_->wait_ends(0);  // waiting for the rate limit or the source does not count as the other side's time
  watch_->body_begins();
  http::ResponseHead head;
  std::exception_ptr failure;  // of the body
  auto work = [&](async::TaskGroup& group) -> async::awaitable<void> {
    group.spawn(send_body(body, first, failure));
    head = co_await read_head();
    group.cancel();
  };
  try {
    co_await async::with_group(std::move(work));
  } catch (const Error&) {
    if (failure) std::rethrow_exception(failure);
    throw;
  }
  is_cut_short_ = std::exchange(sending_, false);
  co_return head;
}

/// Closes the stream if the body fails, which also ends the wait for a response.
async::awaitable<void> Connection::send_body(RequestBody& body, std::span<const std::byte> piece,
                                             std::exception_ptr& failure) {
  try {
    for (std::uint64_t left = body.size().count; left > 0;) {
      if (piece.empty() || piece.size() > left) throw Error(ErrorKind::internal, "a body that is not of its size");
      const bool written = co_await write(piece);
      if (!written) co_return;  // the reader of the response gets the reason
      left -= piece.size();
      if (left > 0) piece = co_await body.read();
    }
  } catch (...) {
    if (async::is_cancellation(std::current_exception())) throw;
    failure = std::current_exception();
    stream_->close();
    throw;
  }
  sending_ = false;
  watch_->sent(body.size());
}

/// Returns false if the connection is broken. The coroutine that reads from it gets the error.
async::awaitable<bool> Connection::write(std::span<const std::byte> bytes) {
  for (std::size_t allowed = 0; !bytes.empty();) {
    if (allowed == 0) {
      allowed = at_once(bytes.size());
      co_await keep_to_rate(allowed);
    }
    std::size_t written = 0;
    watch_->wait_begins();
    try {
      written = co_await stream_->write_some(bytes.first(allowed));
    } catch (const Error&) {
      co_return false;
    }
    watch_->wait_ends(written);
    bytes = bytes.subspan(written);
    allowed -= written;
  }
  co_return true;
}

void Connection::bound_body() {
  watch_->bound();
}

async::awaitable<std::span<const std::byte>> Connection::read() {
  http::ResponseReader::Step step = step_at_hand();
  if (std::holds_alternative<http::ResponseReader::NeedMore>(step)) step = co_await step_to_come();
  check(step);
  if (const auto* data = std::get_if<http::ResponseReader::Data>(&step)) co_return data->bytes;
  watch_->end();
  stop_comparing();
  reusable_ = reader_.keeps_alive() && unread_.empty() && !is_cut_short_;  // bytes that nobody asked for: better not
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

/// Returns how many bytes to read or write at once, at most `most`.
std::size_t Connection::at_once(std::size_t most) const {
  if (!bytes_) return most;
  const auto piece = static_cast<std::size_t>(bytes_->per_second() * limited_piece);
  return std::min(std::max(piece, min_limited_piece), most);
}

async::awaitable<std::size_t> Connection::receive() {
  const std::span<std::byte> whole(buffer_.get(), at_once(buffers_->size().count));
  std::size_t received = 0;
  body_.waiting = true;
  if (!sending_) watch_->wait_begins();  // while a body is sent, the watch is for that
  try {
    received = co_await stream_->read_some(whole);
  } catch (...) {
    if (!watch_->gave_up() && !too_slow_) throw;
  }
  body_.waiting = false;
  body_.received += received;
  if (!sending_) watch_->wait_ends(received);
  watch_->complain_if_gave_up();
  if (too_slow_) throw Error(ErrorKind::transport, "far slower than the other connections");
  answered_ = answered_ || received > 0;
  unread_ = whole.first(received);
  co_await keep_to_rate(received);
  co_return received;
}

async::awaitable<void> Connection::keep_to_rate(std::size_t bytes) {
  if (!bytes_) co_return;
  const auto wait = bytes_->take(static_cast<double>(bytes), std::chrono::steady_clock::now());
  if (wait.count() > 0) co_await async::sleep(wait);
}

}  // namespace acedt::net
