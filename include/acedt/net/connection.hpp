#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <span>
#include <string>

#include "acedt/base/buffers.hpp"
#include "acedt/base/units.hpp"
#include "acedt/http/message.hpp"
#include "acedt/http/message_reader.hpp"
#include "acedt/net/dialer.hpp"
#include "acedt/net/straggler_detector.hpp"
#include "acedt/net/stream.hpp"
#include "acedt/net/token_bucket.hpp"

namespace acedt::net {

/// The body of a request, read while it is sent. Thread: the one of the connection.
class RequestBody {
 public:
  virtual ~RequestBody() = default;
  /// The Content-Length.
  virtual Bytes size() const = 0;
  /// Starts from the beginning. Called before each attempt to send the body.
  virtual async::awaitable<void> start() = 0;
  /// Returns the next bytes; empty at the end. Valid until the next call. May be cancelled. Throws an Error if the
  /// bytes cannot be read; the request is then never completed.
  virtual async::awaitable<std::span<const std::byte>> read() = 0;
};

/// The client's side of HTTP/1.1 over a stream: one exchange after another (RFC 9112). Thread: the one of its stream.
///
/// An exchange that is too slow ends with Error(transport): if sending the request and receiving the head of the
/// response take longer than Timeouts::answer(), or 4 KiB of a body, or the rest of it, longer than Timeouts::stall, or
/// the head of the response to a RequestBody longer than Timeouts::answer_to(). Time that this side spends does not
/// count. The connection holds a receive buffer only while an exchange is under
/// way.
class Connection {
 public:
  static constexpr Bytes default_buffer =
      256_KiB;  // large enough that the cost of a system call and a hash call does not matter

  /// `buffers`: shared by the connections of a thread. `stragglers`: must outlive the connection; null: not compared
  /// with others. `bytes`: limits what is received and what is sent of bodies; null: no limit.
  Connection(const async::Executor& executor, std::unique_ptr<Stream> stream, Target target, Timeouts timeouts,
             std::shared_ptr<Buffers> buffers = std::make_shared<Buffers>(default_buffer),
             StragglerDetector* stragglers = nullptr, std::shared_ptr<TokenBucket> bytes = {});
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Sends `request` and reads the head of its response. The previous response must have been read to its end. Throws
  /// Error(protocol) if no valid response arrives (RFC 9112), Error(transport) if the connection breaks or is too slow.
  async::awaitable<http::ResponseHead> exchange(const http::Request& request);
  /// Like the above, with a body that was started. `request`.body_length must be its size. If the response begins
  /// before all of the body is sent, the rest is not sent, and the connection is not reusable. If `body` throws, or has
  /// another size (Error(internal)), closes the connection and throws that. Throws as above.
  async::awaitable<http::ResponseHead> exchange(const http::Request& request, RequestBody& body);
  /// The part of the body that has arrived; waits if there is none; empty at the end of the body. Valid until the next
  /// call. Throws as exchange().
  async::awaitable<std::span<const std::byte>> read();
  /// Limits the time for the rest of the body to Timeouts::document(). For bodies that are held in memory.
  void bound_body();

  const Target& target() const noexcept { return target_; }
  /// Whether the connection can carry another exchange: the response was read to its end, and both sides keep it open.
  bool reusable() const noexcept { return reusable_; }
  /// Whether the other side has neither sent anything since nor ended the connection.
  bool quiet() noexcept { return stream_->quiet(); }
  /// Whether a byte of the current response has arrived. If not, a failure of a reused connection only means that the
  /// other side had closed it.
  bool answered() const noexcept { return answered_; }

 private:
  class Watch;

  async::awaitable<void> begin(const http::Request& request);
  async::awaitable<http::ResponseHead> read_head();
  async::awaitable<void> send_body(RequestBody& body, std::span<const std::byte> piece, std::exception_ptr& failure);
  async::awaitable<bool> write(std::span<const std::byte> bytes);
  http::ResponseReader::Step step_at_hand();
  async::awaitable<http::ResponseReader::Step> step_to_come();
  async::awaitable<std::size_t> receive();
  async::awaitable<void> keep_to_rate(std::size_t bytes);
  std::size_t at_once(std::size_t most) const;

  void compare(const http::ResponseHead& head);
  void stop_comparing();

  std::unique_ptr<Stream> stream_;
  std::shared_ptr<Watch> watch_;
  Target target_;
  http::ResponseReader reader_;
  std::shared_ptr<Buffers> buffers_;
  Buffers::Buffer buffer_;
  std::span<const std::byte> unread_;  // of buffer_
  StragglerDetector* stragglers_;      // outlives it
  std::shared_ptr<TokenBucket> bytes_;
  StragglerDetector::Body body_;
  bool is_compared_ = false;  // body_ is in stragglers_
  bool too_slow_ = false;
  bool sending_ = false;       // a body that is not completely sent
  bool is_cut_short_ = false;  // the response came before all of the body was sent
  bool reusable_ = false;
  bool answered_ = false;
};

}  // namespace acedt::net
