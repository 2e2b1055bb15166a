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

/// Reads HTTP/1.1 responses from bytes as they come (RFC 9112), through llhttp and with the checks that it lacks.
///
/// Feed it whatever arrived; it answers with one step at a time and says how much of the input it used. Feed it the
/// rest, even an empty one, until it says NeedMore or Done: a body that ends with the input is Data first and Done
/// next. Informational (1xx) responses are passed over. Bounded: heads, trailers and chunk sizes over 64 KiB are
/// malformed, and chunk sizes with extensions that are 16 times as long as what they carry.
class ResponseReader {
 public:
  struct NeedMore {};  ///< all input used: read more
  struct Data {
    std::span<const std::byte> bytes;  ///< body; points into the input just fed
  };
  struct Done {};  ///< the response ended; the rest of the input belongs to the next one
  struct Malformed {
    std::string why;   ///< for good: the connection cannot be used any more
    bool cut = false;  ///< the input ended too early, and was right until then
  };
  using Step = std::variant<NeedMore, ResponseHead, Data, Done, Malformed>;

  ResponseReader();
  ResponseReader(ResponseReader&&) noexcept;
  ResponseReader& operator=(ResponseReader&&) noexcept;
  ~ResponseReader();

  /// Makes ready for the next response on the same connection. `head_only`: it answers a HEAD request, so has no body.
  /// A new reader is ready for a response with a body.
  void start(bool head_only);
  /// `used` receives the number of bytes of `input` consumed by this step.
  Step feed(std::span<const std::byte> input, std::size_t& used);
  /// The connection was closed by the other side: Done where that ends a body without length, else Malformed.
  Step end_of_input();
  /// Whether the connection can carry another exchange after Done (RFC 9112 section 9.3).
  bool keeps_alive() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acedt::http
