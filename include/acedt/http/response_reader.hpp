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

/// Reads HTTP/1.1 responses from bytes as they arrive (RFC 9112): llhttp, and the checks that it lacks. No I/O.
///
/// feed() takes what arrived and returns one step at a time with the number of bytes it used. Feed the rest, even if it
/// is empty, until the step is NeedMore or Done: a body that ends with the input is Data first and Done next.
/// Informational responses (1xx) are skipped. Malformed are also heads, trailers and chunk sizes above 64 KiB, and
/// chunk sizes with extensions that are 16 times as long as the content they carry.
class ResponseReader {
 public:
  struct NeedMore {};  ///< all input was used: read more
  struct Data {
    std::span<const std::byte> bytes;  ///< of the body; point into the input
  };
  struct Done {};  ///< the response ended; the rest of the input belongs to the next one
  struct Malformed {
    std::string why;   ///< the reason; the connection cannot be used any more
    bool cut = false;  ///< the input ended too early and was valid until then
  };
  using Step = std::variant<NeedMore, ResponseHead, Data, Done, Malformed>;

  ResponseReader();
  ResponseReader(ResponseReader&&) noexcept;
  ResponseReader& operator=(ResponseReader&&) noexcept;
  ~ResponseReader();

  /// Prepares for the next response on the same connection. `head_only`: it answers a HEAD request and has no body. A
  /// new reader is prepared for a response with a body.
  void start(bool head_only);
  /// Returns the next step. `used` receives the number of bytes of `input` that it used.
  Step feed(std::span<const std::byte> input, std::size_t& used);
  /// Call when the other side closed the connection. Done if that ends a body without length, else Malformed.
  Step end_of_input();
  /// Whether the connection can carry another exchange after Done (RFC 9112 section 9.3).
  bool keeps_alive() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acedt::http
