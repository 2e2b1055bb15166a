#pragma once

#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <mutex>

#include "acedt/net/target.hpp"

namespace acedt::net {

/// What the TLS connections of a run share: the system's certificates, read when the first is to be checked, and the
/// sessions that the next connection to the same target resumes (RFC 8446 section 2.2). TLS 1.2 and later. Any thread.
class Tls {
 public:
  Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  ~Tls();

  SSL_CTX* context() noexcept { return context_.get(); }
  /// Makes `connection`, before its handshake, resume the last session with `target`, and keep those it is offered.
  void resume(SSL* connection, const Target& target);

 private:
  struct Session;
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  static int keep_session(SSL* connection, SSL_SESSION* session);
  static int verify(X509_STORE_CTX* chain, void* self);

  std::unique_ptr<SSL_CTX, Free> context_{SSL_CTX_new(TLS_client_method())};
  std::once_flag certificates_read_;
  std::mutex mutex_;
  std::map<Target, std::unique_ptr<Session>> sessions_;
};

}  // namespace acedt::net
