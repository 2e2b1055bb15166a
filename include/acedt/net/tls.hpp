#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "acedt/net/certificates.hpp"
#include "acedt/net/target.hpp"

namespace acedt::net {

/// What the TLS connections of a run share: certificates, and sessions to resume (RFC 8446 section 2.2). The system's
/// certificates are read when the first server is verified. TLS 1.2 and later. Any thread.
class Tls {
 public:
  /// Calls `on_warning`, on any thread, for certificates that cannot be read next to others that can. Throws
  /// Error(usage) for a file of authorities without a certificate, Error(storage) if it cannot be read.
  explicit Tls(
      CertificateFiles files = {}, std::function<void(const std::string&)> on_warning = [](const std::string&) {});
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  ~Tls();

  /// The settings for connections to `target`: trusted authorities and the client certificate. Lives as long as this.
  /// Throws Error(usage) if certificates of the host cannot be used, Error(storage) if they cannot be read.
  SSL_CTX* context(const Target& target);
  /// Call before the handshake: makes `connection` resume the last session with `target` and keep the sessions that it
  /// is offered.
  void resume(SSL* connection, const Target& target);

 private:
  class Context;
  struct Session;

  Context& context_of(const HostCertificates& certificates);

  static int keep_session(SSL* connection, SSL_SESSION* session);

  CertificateFiles files_;
  std::function<void(const std::string&)> on_warning_;
  std::mutex mutex_;                                                    // of what follows
  std::map<std::filesystem::path, std::unique_ptr<Context>> contexts_;  // by folder of the host's certificates
  std::map<Target, Context*> by_target_;
  std::map<Target, std::unique_ptr<Session>> sessions_;
};

}  // namespace acedt::net
