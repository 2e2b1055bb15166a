#pragma once

#include <asio/ip/tcp.hpp>

#include <cstddef>
#include <span>

#include "acedt/async/asio.hpp"

namespace acedt::net {

/// A connection as a stream of bytes: TCP, TLS, or memory in tests. Thread: the one of its executor.
class Stream {
 public:
  virtual ~Stream() = default;

  /// Waits for at least one byte. Returns the number of bytes read, 0 at the end of the stream. Throws
  /// Error(transport).
  virtual async::awaitable<std::size_t> read_some(std::span<std::byte> buffer) = 0;
  /// Writes all of `bytes`. Throws Error(transport).
  virtual async::awaitable<void> write_all(std::span<const std::byte> bytes) = 0;
  /// Ends the stream at once; reads and writes that wait fail.
  virtual void close() noexcept = 0;
  /// Whether everything that arrived was read and the other side has not ended the stream. Does not wait.
  virtual bool quiet() noexcept = 0;
  /// The socket, if it carries exactly the bytes of this stream; else null.
  virtual asio::ip::tcp::socket* socket() noexcept { return nullptr; }
};

}  // namespace acedt::net
