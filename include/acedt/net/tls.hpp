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

/// What the TLS connections of a run share: certificates, the system's among them, which are read when the first
/// server is to be checked, and the sessions that the next connection to the same target resumes (RFC 8446 section
/// 2.2). TLS 1.2 and later. Any thread.
class Tls {
 public:
  /// `on_warning` is told, on any thread, of certificates that cannot be read beside others that can. Throws
  /// Error(usage) or Error(storage) for an authority's file without any.
  explicit Tls(
      CertificateFiles files = {}, std::function<void(const std::string&)> on_warning = [](const std::string&) {});
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  ~Tls();

  /// For connections to `target`: whom to trust, and who we are. Lives as long as this. Throws Error(usage) or
  /// Error(storage) for certificates of the host that cannot be used.
  SSL_CTX* context(const Target& target);
  /// Makes `connection`, before its handshake, resume the last session with `target`, and keep those it is offered.
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
