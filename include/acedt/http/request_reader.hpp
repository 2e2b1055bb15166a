#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <variant>

#include "acedt/http/message.hpp"
#include "acedt/http/response_reader.hpp"

namespace acedt::http {

/// Reads HTTP/1.1 requests from bytes as they come: the server's counterpart of ResponseReader, with the same steps and
/// bounds. After CONNECT, what follows Done is the tunnel.
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

  /// Makes ready for the next request on the same connection. A new reader is ready.
  void start();
  /// As ResponseReader::feed().
  Step feed(std::span<const std::byte> input, std::size_t& used);
  /// Whether the client expects the connection to carry another exchange after Done (RFC 9112 section 9.3).
  bool keeps_alive() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acedt::http
