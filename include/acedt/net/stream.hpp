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
  /// Writes some of `bytes`, which must not be empty; waits until at least one byte is written. Returns the number of
  /// bytes written. The next call must begin with the rest. May be called while read_some() waits. Throws
  /// Error(transport).
  virtual async::awaitable<std::size_t> write_some(std::span<const std::byte> bytes) = 0;
  /// Writes all of `bytes`. Throws as write_some().
  async::awaitable<void> write_all(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::size_t written = co_await write_some(bytes);
      bytes = bytes.subspan(written);
    }
  }
  /// Ends the stream at once; reads and writes that wait fail.
  virtual void close() noexcept = 0;
  /// Whether everything that arrived was read and the other side has not ended the stream. Does not wait.
  virtual bool quiet() noexcept = 0;
  /// The socket, if it carries exactly the bytes of this stream; else null.
  virtual asio::ip::tcp::socket* socket() noexcept { return nullptr; }
};

}  // namespace acedt::net
