#include "acedt/net/tls.hpp"

#include <openssl/x509_vfy.h>

#include <array>

namespace acedt::net {
namespace {

// Several records, so that a system call is paid for by what it carries; it is memory of each connection.
constexpr std::size_t received_at_once = 64 << 10;

struct FreeSession {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

/// Where an SSL keeps what it belongs to.
int session_index() {
  static const int index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

/// The last one with a target.
struct Tls::Session {
  std::mutex mutex = {};
  std::unique_ptr<SSL_SESSION, FreeSession> last = {};
};

Tls::Tls() {
  static constexpr std::array<unsigned char, 9> http_1_1 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX* const context = context_.get();
  SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr);
  SSL_CTX_ctrl(context, SSL_CTRL_MODE, SSL_MODE_ENABLE_PARTIAL_WRITE, nullptr);
  SSL_CTX_set_alpn_protos(context, http_1_1.data(), http_1_1.size());
  SSL_CTX_set_cert_verify_callback(context, &Tls::verify, this);
  SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL, nullptr);
  SSL_CTX_sess_set_new_cb(context, &Tls::keep_session);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, received_at_once);
}

Tls::~Tls() = default;

void Tls::resume(SSL* connection, const Target& target) {
  Session* session = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto& known = sessions_[target];
    if (!known) known = std::make_unique<Session>();
    session = known.get();
  }
  SSL_set_ex_data(connection, session_index(), session);
  const std::lock_guard lock(session->mutex);
  if (session->last) SSL_set_session(connection, session->last.get());
}

int Tls::keep_session(SSL* connection, SSL_SESSION* session) {
  auto* const known = static_cast<Session*>(SSL_get_ex_data(connection, session_index()));
  const std::lock_guard lock(known->mutex);
  // A copy: the end of a connection whose other side is not told, which HTTP does without, spoils the session itself.
  known->last.reset(SSL_SESSION_dup(session));
  return 0;  // it is not ours
}

int Tls::verify(X509_STORE_CTX* chain, void* self) {
  // To read them all takes longer than many a run against a registry on loopback, which has no certificate.
  std::call_once(static_cast<Tls*>(self)->certificates_read_,
                 [chain] { X509_STORE_set_default_paths(X509_STORE_CTX_get0_store(chain)); });
  return X509_verify_cert(chain);
}

}  // namespace acedt::net
