#pragma once

#include "acedt/http/url.hpp"

namespace acedt::net {

/// Where to connect to, and how sure to be of who answers.
struct Target {
  http::Origin origin;
  bool verify = true;  ///< the certificate, against the system's store (SSL_CERT_FILE and SSL_CERT_DIR count)

  auto operator<=>(const Target&) const = default;
};

}  // namespace acedt::net
