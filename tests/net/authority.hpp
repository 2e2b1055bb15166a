#pragma once

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "tools/registry/certificate.hpp"

namespace acedt::testing {

/// Makes certificates: its own, and those that it signs.
class Authority {
 public:
  struct Wanted {
    std::string subject = "server";
    std::string names = "DNS:localhost,IP:127.0.0.1";  ///< as in openssl.cnf; empty: none
    long begins = -1;                                  ///< days from now
    long ends = 30;
  };

  /// One that signs itself, or that `above` signs.
  explicit Authority(const std::string& name = "test authority", const Authority* above = nullptr)
      : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free) {
    const Authority& signer = above == nullptr ? *this : *above;
    certificate_ = signer.make({name, "", -100, 100}, key_.get(), true);
  }

  /// As a root for clients.
  std::string certificate() const { return text(certificate_.get()); }

  Certificate issue(const Wanted& wanted) const {
    const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    return {text(make(wanted, key.get(), false).get()), text(key.get())};
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

  X509Ptr make(const Wanted& wanted, EVP_PKEY* key, bool authority) const {
    constexpr long day = 24 * 60 * 60;
    X509Ptr made(X509_new(), &X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), wanted.begins * day);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), wanted.ends * day);
    X509_NAME* const name = X509_get_subject_name(made.get());
    const auto* const subject = reinterpret_cast<const unsigned char*>(wanted.subject.c_str());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, subject, -1, -1, 0);
    X509_set_issuer_name(made.get(), certificate_ ? X509_get_subject_name(certificate_.get()) : name);
    X509_set_pubkey(made.get(), key);
    add(made.get(), NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!wanted.names.empty()) add(made.get(), NID_subject_alt_name, wanted.names);
    REQUIRE(X509_sign(made.get(), key_.get(), EVP_sha256()) != 0);
    return made;
  }

  static void add(X509* certificate, int id, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
    REQUIRE(extension != nullptr);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  static std::string text(X509* certificate) {
    return pem([certificate](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
  }
  static std::string text(EVP_PKEY* key) {
    return pem([key](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
  }

  template <class Write>
  static std::string pem(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), &BIO_free_all);
    REQUIRE(write(bio.get()) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  Key key_;
  X509Ptr certificate_{nullptr, &X509_free};
};

}  // namespace acedt::testing
