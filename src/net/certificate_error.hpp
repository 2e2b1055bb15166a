#pragma once

#include <openssl/x509.h>

#include "acedt/base/error.hpp"
#include "acedt/net/target.hpp"

namespace acedt::net {

/// The Error(unreachable) that says why the certificates that `target` showed are not trusted, and what to do.
///
/// `verdict`: X509_V_ERR_…; `chain`: the server's certificate first, as far as it could be built; may be null.
Error certificate_error(const Target& target, long verdict, const STACK_OF(X509) * chain);

/// The same where the server refused ours; `reason`: its alert. `has_client`: we have a certificate.
Error refused_by_server(const Target& target, const std::string& reason, bool has_client);

}  // namespace acedt::net
