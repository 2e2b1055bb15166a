#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/http/fields.hpp"

namespace acedt::http {

/// A request to be sent.
struct Request {
  std::string method = "GET";
  std::string target = "/";
  Fields fields = {};  ///< without Host and Content-Length
  std::string body = {};

  /// The bytes of the whole message for the host `authority` (RFC 9112 section 3), with Content-Length if there is a
  /// body. Throws Error(bad_input) if the method, the target or a field would break out of its line; the message does
  /// not show the value of a field.
  std::string serialize(std::string_view authority) const;
};

/// The request line and the fields of a request that was read.
struct RequestHead {
  std::string method = {};
  std::string target = {};
  Fields fields = {};
};

/// The status line and the fields of a response.
struct ResponseHead {
  int status = 0;
  Fields fields = {};

  /// Content-Length; unset if the field is missing or no number.
  std::optional<std::uint64_t> content_length() const;
  /// The bytes of the head (RFC 9112 section 4). Throws Error(bad_input) as Request::serialize().
  std::string serialize() const;
};

/// The reason phrase of a status, such as "Not Found" (RFC 9110 section 15); empty for a status that no registry sends.
std::string_view reason_phrase(int status);

}  // namespace acedt::http
