// One SSL_CTX for each set of certificates that hosts have in certs.d, made on first use and then kept: reading the
// system's authorities takes longer than many a run. Sessions are kept by target, so that the next connection resumes
// them.

#include "acedt/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "net/authorities.hpp"
#include "net/openssl.hpp"

namespace acedt::net {
namespace {

// Several records, so that a system call is paid for by what it carries; it is memory of each connection.
constexpr std::size_t received_at_once = 64 << 10;

/// Where an SSL keeps what it belongs to.
int session_index() {
  static const int index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

void use_client(SSL_CTX* context, const HostCertificates::Client& client) {
  File::open(client.certificate);  // for its errors
  File::open(client.key);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, client.certificate.c_str()) != 1)
    throw Error(ErrorKind::usage, client.certificate.string() + ": not a certificate in PEM form")
        .hint("it has lines of -----BEGIN CERTIFICATE-----; openssl x509 converts other forms");
  if (SSL_CTX_use_PrivateKey_file(context, client.key.c_str(), SSL_FILETYPE_PEM) == 1) return;
  if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH)
    throw Error(ErrorKind::usage,
                client.key.string() + ": not the key of " + client.certificate.filename().string() + " beside it")
        .hint("openssl pkey -pubout and openssl x509 -pubkey show whether two belong together");
  throw Error(ErrorKind::usage, client.key.string() + ": not a key in PEM form")
      .hint("a key with a passphrase cannot be used: take it off with openssl pkey");
}

}  // namespace

/// The certificates that count for some hosts.
class Tls::Context {
 public:
  Context(const CertificateFiles& files, const HostCertificates& of_host, Warn warn) : warn_(std::move(warn)) {
    static constexpr std::array<unsigned char, 9> http_1_1 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX* const context = get();
    SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr);
    SSL_CTX_ctrl(context, SSL_CTRL_MODE, SSL_MODE_ENABLE_PARTIAL_WRITE, nullptr);
    SSL_CTX_set_alpn_protos(context, http_1_1.data(), http_1_1.size());
    SSL_CTX_set_cert_verify_callback(context, &Context::verify, this);
    SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL, nullptr);
    SSL_CTX_sess_set_new_cb(context, &Tls::keep_session);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, received_at_once);
    SSL_CTX_set_default_passwd_cb(context, &no_passphrase);
    // Whoever is named is trusted, also an intermediate authority and the server itself.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    for (const auto& file : files.authorities) add_authorities(*SSL_CTX_get_cert_store(context), file, warn_);
    for (const auto& file : of_host.authorities) add_authorities(*SSL_CTX_get_cert_store(context), file, warn_);
    if (of_host.client) use_client(context, *of_host.client);
  }

  SSL_CTX* get() const noexcept { return context_.get(); }

 private:
  static int verify(X509_STORE_CTX* chain, void* context) {
    auto* const self = static_cast<Context*>(context);
    // To read them all takes longer than many a run against a registry on loopback, which has no certificate.
    std::call_once(self->system_read_, [&] { add_system_authorities(*X509_STORE_CTX_get0_store(chain), self->warn_); });
    return X509_verify_cert(chain);
  }

  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context_{SSL_CTX_new(TLS_client_method())};
  Warn warn_;
  std::once_flag system_read_;
};

/// The last one with a target.
struct Tls::Session {
  std::mutex mutex = {};
  std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>> last = {};
};

Tls::Tls(CertificateFiles files, std::function<void(const std::string&)> on_warning)
    : files_(std::move(files)), on_warning_(std::move(on_warning)) {
  context_of({});
}

Tls::~Tls() = default;

Tls::Context& Tls::context_of(const HostCertificates& certificates) {
  auto& known = contexts_[certificates.folder];
  if (!known) known = std::make_unique<Context>(files_, certificates, on_warning_);
  return *known;
}

SSL_CTX* Tls::context(const Target& target) {
  const std::lock_guard lock(mutex_);
  const auto known = by_target_.find(target);
  if (known != by_target_.end()) return known->second->get();
  const std::string name = target.origin.authority();
  const auto of_host = find_host_certificates(files_.folders, {name, target.registry});
  Context& context = context_of(of_host.value_or(HostCertificates()));
  by_target_.emplace(target, &context);
  return context.get();
}

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

}  // namespace acedt::net
