#pragma once

#include <asio/ip/tcp.hpp>

#include <cstddef>
#include <span>

#include "acedt/async/asio.hpp"

namespace acedt::net {

/// A connection as a stream of bytes: TCP, TLS over it, or a test's memory. Thread: the one of its executor.
class Stream {
 public:
  virtual ~Stream() = default;

  /// Waits for at least one byte; returns how many came, 0 at the end of the stream. Throws Error(transport).
  virtual async::awaitable<std::size_t> read_some(std::span<std::byte> buffer) = 0;
  /// Throws Error(transport).
  virtual async::awaitable<void> write_all(std::span<const std::byte> bytes) = 0;
  /// Ends it at once; what waits on it fails.
  virtual void close() noexcept = 0;
  /// Whether all that the other side sent was read, and it has not ended the stream. Does not wait.
  virtual bool quiet() noexcept = 0;
  /// The socket, where it carries just the bytes of this stream; else null.
  virtual asio::ip::tcp::socket* socket() noexcept { return nullptr; }
};

}  // namespace acedt::net
