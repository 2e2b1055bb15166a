#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace acedt::http {

/// Where a connection leads to: scheme, host and port (RFC 9110 section 4.3).
struct Origin {
  bool tls = true;
  std::string host;  ///< in lower case; an IPv6 address without brackets
  std::uint16_t port = 443;

  /// host[:port] for the Host field and for messages: IPv6 in brackets, without the default port of the scheme.
  std::string authority() const;
  /// host:port, IPv6 in brackets.
  std::string host_and_port() const;
  /// "https://host[:port]".
  std::string text() const;
  auto operator<=>(const Origin&) const = default;
};

/// Whether `host` names this machine: "localhost", an address in 127.0.0.0/8, or ::1.
bool is_loopback(const std::string& host);

/// An http or https URL (RFC 3986, RFC 9110 section 4.2). User information is refused, a fragment is dropped.
struct Url {
  Origin origin;
  std::string target;  ///< path and query as sent in the request line: begins with '/'

  /// Throws Error(bad_input), whose text has neither user nor query, for anything else and for blanks and control
  /// characters.
  static Url parse(std::string_view text);
  /// The URL that the reference `location` means in a response from this one (RFC 3986 section 5.2): absolute, //host,
  /// /path or relative. Throws as parse().
  Url resolve(std::string_view location) const;
  /// The URL for logs and errors: without the query, which may have a signature in it.
  std::string display() const;
};

/// Returns `text` as a value in a query: all but unreserved characters percent-encoded (RFC 3986 section 2.3).
std::string percent_encoded(std::string_view text);

}  // namespace acedt::http
