#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "acedt/base/buffers.hpp"
#include "acedt/base/units.hpp"
#include "acedt/http/request.hpp"
#include "acedt/http/response_reader.hpp"
#include "acedt/net/dialer.hpp"
#include "acedt/net/paces.hpp"
#include "acedt/net/stream.hpp"

namespace acedt::net {

/// HTTP/1.1 over a stream: one exchange after another (RFC 9112). Thread: the one of its stream.
///
/// An exchange that does not come on for as long as its patience is ended: Error(transport). What it receives into, it
/// has while an exchange is under way.
class Connection {
 public:
  static constexpr Bytes usual_buffer = 256_KiB;  // a system call and a hash call are paid for by what they carry

  /// `buffers`: of all the connections of a thread.
  Connection(const async::Executor& executor, std::unique_ptr<Stream> stream, Target target, Patience patience,
             std::shared_ptr<Buffers> buffers = std::make_shared<Buffers>(usual_buffer), Paces* paces = nullptr);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Sends `request` and reads the head of the response. The response before must have been read to its end.
  async::awaitable<http::ResponseHead> exchange(const http::Request& request);
  /// The next piece of the body, as much as came; empty at its end. Valid until the next call.
  async::awaitable<std::span<const std::byte>> read();

  const Target& target() const noexcept { return target_; }
  /// The response was read to its end, and the connection may carry another.
  bool reusable() const noexcept { return reusable_; }
  /// A byte of a response has come in the exchange under way: before that, a failure on a connection that was idle only
  /// says that the other side had closed it.
  bool answered() const noexcept { return answered_; }

 private:
  class Watch;

  http::ResponseReader::Step step_at_hand();
  async::awaitable<http::ResponseReader::Step> step_to_come();
  async::awaitable<std::size_t> receive();

  void compare(const http::ResponseHead& head);
  void stop_comparing();

  std::unique_ptr<Stream> stream_;
  std::shared_ptr<Watch> watch_;
  Target target_;
  http::ResponseReader reader_;
  std::shared_ptr<Buffers> buffers_;
  Buffers::Buffer buffer_;
  std::span<const std::byte> unread_;  // of buffer_
  Paces* paces_;                       // outlives it
  Paces::Body body_;
  bool is_compared_ = false;  // body_ is in paces_
  bool too_slow_ = false;
  bool reusable_ = false;
  bool answered_ = false;
};

}  // namespace acedt::net
