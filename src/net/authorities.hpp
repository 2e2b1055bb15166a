#pragma once

#include <openssl/x509_vfy.h>

#include <filesystem>
#include <functional>
#include <string>

namespace acedt::net {

/// Told of what cannot be used and does not end the run.
using Warn = std::function<void(const std::string&)>;

/// Trusts every certificate in `file`, in PEM form (RFC 7468). A block that is broken is passed over with a warning.
/// Throws Error(usage) where no certificate can be read, Error(storage) where the file cannot.
void add_authorities(X509_STORE& store, const std::filesystem::path& file, const Warn& warn);

/// Trusts the certificates of the system as Go does: of the file SSL_CERT_FILE and of all files in the folders of
/// SSL_CERT_DIR, which colons separate; in place of the one that is unset or empty, those that OpenSSL was built for.
/// Throws nothing: what cannot be read is a warning.
void add_system_authorities(X509_STORE& store, const Warn& warn) noexcept;

}  // namespace acedt::net
