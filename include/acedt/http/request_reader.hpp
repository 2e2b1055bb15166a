#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <variant>

#include "acedt/http/message.hpp"
#include "acedt/http/response_reader.hpp"

namespace acedt::http {

/// Reads HTTP/1.1 requests from bytes as they arrive: the server's counterpart of ResponseReader, with the same steps
/// and limits. After CONNECT, the bytes that follow Done belong to the tunnel. `Expect: 100-continue` is left to the
/// caller.
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

  /// Prepares for the next request on the same connection. A new reader is prepared.
  void start();
  /// See ResponseReader::feed().
  Step feed(std::span<const std::byte> input, std::size_t& used);
  /// Whether the client expects the connection to carry another exchange after Done (RFC 9112 section 9.3).
  bool keeps_alive() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acedt::http
