#pragma once

#include <string>

#include "acedt/http/url.hpp"

namespace acedt::net {

/// The server to connect to, and how it is verified.
struct Target {
  http::Origin origin;
  bool verify = true;  ///< its certificate, against the system's store (or SSL_CERT_FILE and SSL_CERT_DIR)
  /// The registry, host[:port] as references name it, that led to this server; empty: none. Its client certificates and
  /// authorities are used for its token server and its redirects too, unless these hosts have their own.
  std::string registry = {};

  auto operator<=>(const Target&) const = default;
};

}  // namespace acedt::net
