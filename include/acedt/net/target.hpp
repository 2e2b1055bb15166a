#pragma once

#include <string>

#include "acedt/http/url.hpp"

namespace acedt::net {

/// Where to connect to, and how sure to be of who answers.
struct Target {
  http::Origin origin;
  bool verify = true;  ///< the certificate, against the system's store (SSL_CERT_FILE and SSL_CERT_DIR count)
  /// The registry, host[:port] as references name it, that led there: its certificates count for its token server and
  /// where it redirects to, too, if those have none of their own. Empty: none did.
  std::string registry = {};

  auto operator<=>(const Target&) const = default;
};

}  // namespace acedt::net
