#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "acedt/http/message.hpp"

namespace acedt::http {

/// Parses HTTP/1.1 responses (RFC 9112) from bytes as they arrive: llhttp, with the checks that it lacks. No I/O.
///
/// feed() takes what arrived, and returns one step and the number of bytes that it used. Feed the rest, even if it is
/// empty, until the step is NeedMore or Done: a body that ends with the input gives Data, then Done. Informational
/// responses (1xx) are skipped. Heads, trailers and chunk sizes over 64 KiB are malformed, and so are chunk sizes and
/// extensions that are more than 16 times as long as the content they carry.
class ResponseReader {
 public:
  struct NeedMore {};  ///< all input was used: read more
  struct Data {
    std::span<const std::byte> bytes;  ///< of the body; points into the input
  };
  struct Done {};  ///< the response ended; the rest of the input belongs to the next one
  struct Malformed {
    std::string why;   ///< the reason; the connection cannot be used any more
    bool cut = false;  ///< the input is valid, but ended too early
  };
  using Step = std::variant<NeedMore, ResponseHead, Data, Done, Malformed>;

  ResponseReader();
  ResponseReader(ResponseReader&&) noexcept;
  ResponseReader& operator=(ResponseReader&&) noexcept;
  ~ResponseReader();

  /// Call before the next response on the same connection. `head_only`: it answers a HEAD request and has no body. A
  /// new reader is ready for a response with a body.
  void start(bool head_only);
  /// Returns the next step. `used` receives the number of bytes of `input` that it used.
  Step feed(std::span<const std::byte> input, std::size_t& used);
  /// Call when the other side closed the connection. Returns Done if that ends a body without a length, else Malformed.
  Step end_of_input();
  /// Returns true if the connection can carry another exchange after Done (RFC 9112 section 9.3).
  bool keeps_alive() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Parses HTTP/1.1 requests from bytes as they arrive: the server's counterpart of ResponseReader, with the same steps
/// and limits. After CONNECT, the bytes after Done belong to the tunnel. `Expect: 100-continue` is left to the caller.
class RequestReader {
 public:
  using NeedMore = ResponseReader::NeedMore;
  using Data = ResponseReader::Data;
  using Done = ResponseReader::Done;
  using Malformed = ResponseReader::Malformed;
  using Step = std::variant<NeedMore, RequestHead, Data, Done, Malformed>;

  RequestReader();
  RequestReader(RequestReader&&) noexcept;
  RequestReader& operator=(RequestReader&&) noexcept;
  ~RequestReader();

  /// Call before the next request on the same connection. A new reader is ready.
  void start();
  /// As ResponseReader::feed().
  Step feed(std::span<const std::byte> input, std::size_t& used);
  /// Returns true if the client expects the connection to carry another exchange after Done (RFC 9112 section 9.3).
  bool keeps_alive() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acedt::http
