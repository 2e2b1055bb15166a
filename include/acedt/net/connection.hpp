#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "acedt/base/buffers.hpp"
#include "acedt/base/units.hpp"
#include "acedt/http/message.hpp"
#include "acedt/http/response_reader.hpp"
#include "acedt/net/dialer.hpp"
#include "acedt/net/straggler_detector.hpp"
#include "acedt/net/stream.hpp"
#include "acedt/net/token_bucket.hpp"

namespace acedt::net {

/// HTTP/1.1 over a stream: one exchange after another (RFC 9112). Thread: the one of its stream.
///
/// An exchange that is too slow ends with Error(transport): where sending the request and receiving the head of the
/// response take longer than Timeouts::answer(), and where 4 KiB of a body, or what is left of it, take longer than
/// Timeouts::stall. Time that this side takes does not count. What it receives into, it has while an exchange is under
/// way.
class Connection {
 public:
  static constexpr Bytes default_buffer = 256_KiB;  // a system call and a hash call are paid for by what they carry

  /// `buffers`: of all the connections of a thread. `bytes`: that may be received; null: any.
  Connection(const async::Executor& executor, std::unique_ptr<Stream> stream, Target target, Timeouts timeouts,
             std::shared_ptr<Buffers> buffers = std::make_shared<Buffers>(default_buffer),
             StragglerDetector* stragglers = nullptr, std::shared_ptr<TokenBucket> bytes = {});
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Sends `request` and reads the head of the response. The response before must have been read to its end. Throws
  /// Error(protocol) for what is no response (RFC 9112), Error(transport) where the connection breaks or is too slow.
  async::awaitable<http::ResponseHead> exchange(const http::Request& request);
  /// The next piece of the body, as much as came; empty at its end. Valid until the next call.
  async::awaitable<std::span<const std::byte>> read();
  /// What is left of the body must come within Timeouts::document(): for a body that is held in memory.
  void bound_body();

  const Target& target() const noexcept { return target_; }
  /// The response was read to its end, and the connection may carry another.
  bool reusable() const noexcept { return reusable_; }
  /// Nothing has come since: the other side neither sent what nobody asked for nor ended the connection.
  bool quiet() noexcept { return stream_->quiet(); }
  /// A byte of a response has come in the exchange under way: before that, a failure on a connection that was idle only
  /// says that the other side had closed it.
  bool answered() const noexcept { return answered_; }

 private:
  class Watch;

  http::ResponseReader::Step step_at_hand();
  async::awaitable<http::ResponseReader::Step> step_to_come();
  async::awaitable<std::size_t> receive();
  std::span<std::byte> room() const;

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
  bool reusable_ = false;
  bool answered_ = false;
};

}  // namespace acedt::net
