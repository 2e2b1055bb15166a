#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace acedt::http {

/// Where a connection goes: one scheme, host and port (RFC 9110 section 4.3).
struct Origin {
  bool tls = true;
  std::string host;  ///< in lower case; an IPv6 address without its brackets
  std::uint16_t port = 443;

  /// host[:port] for the Host field and for messages: brackets around IPv6, no port where it is the scheme's own.
  std::string authority() const;
  /// "https://host[:port]".
  std::string text() const;
  auto operator<=>(const Origin&) const = default;
};

/// An http or https URL (RFC 3986, RFC 9110 section 4.2). User information is refused, fragments are dropped.
struct Url {
  Origin origin;
  std::string target;  ///< path and query as sent in the request line: begins with '/'

  /// Throws Error(bad_input) naming what is wrong, without the query. Blanks and control characters are refused.
  static Url parse(std::string_view text);
  /// The URL that `location` means when this one answered with it (RFC 3986 section 5.2: absolute, //host, /path,
  /// relative).
  Url resolve(std::string_view location) const;
  /// For logs and errors: without the query, which may carry a signature.
  std::string display() const;
};

/// Percent-encodes all but unreserved characters (RFC 3986 section 2.3): for a value in a query.
std::string percent_encoded(std::string_view text);

}  // namespace acedt::http
