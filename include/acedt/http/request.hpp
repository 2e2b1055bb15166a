#pragma once

#include <string>
#include <string_view>

#include "acedt/http/fields.hpp"

namespace acedt::http {

/// A request as it goes out: no I/O here.
struct Request {
  std::string method = "GET";
  std::string target = "/";
  Fields fields = {};  ///< without Host and Content-Length
  std::string body = {};

  /// The bytes of the whole message for the host `authority` (RFC 9112 section 3). Content-Length is there where a body
  /// is. Throws Error(bad_input) where a field or the request line would break out of its line.
  std::string serialize(std::string_view authority) const;
};

}  // namespace acedt::http
