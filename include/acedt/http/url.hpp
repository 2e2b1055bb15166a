#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace acedt::http {

/// The destination of a connection: scheme, host and port (RFC 9110 section 4.3).
struct Origin {
  bool tls = true;
  std::string host;  ///< in lower case; an IPv6 address without brackets
  std::uint16_t port = 443;

  /// Returns host[:port] for the Host field and for messages: IPv6 in brackets, without the default port of the scheme.
  std::string authority() const;
  /// Returns host:port, IPv6 in brackets.
  std::string host_and_port() const;
  /// Returns "https://host[:port]".
  std::string text() const;
  auto operator<=>(const Origin&) const = default;
};

/// Returns true if `host` is this machine: "localhost", an address in 127.0.0.0/8, or ::1.
bool is_loopback(const std::string& host);

/// An http or https URL (RFC 3986, RFC 9110 section 4.2).
struct Url {
  Origin origin;
  std::string target;  ///< path and query as sent in the request line: begins with '/'

  /// Parses `text`. Drops a fragment. Throws Error(bad_input), whose text contains neither user nor query, for anything
  /// that is not an http or https URL, for user information, and for blanks and control characters.
  static Url parse(std::string_view text);
  /// Returns the URL that the reference `location` names in a response from this URL (RFC 3986 section 5.2): absolute,
  /// //host, /path or relative. Throws as parse() does.
  Url resolve(std::string_view location) const;
  /// Returns the URL for logs and errors: without the query, which may contain a signature.
  std::string display() const;
};

/// Returns `text` as a value in a query: all characters except unreserved ones percent-encoded (RFC 3986 section 2.3).
std::string percent_encoded(std::string_view text);

}  // namespace acedt::http
