// OpenSSL 3 picks the fastest implementation for the processor. The EVP calls fail only if its configuration lacks the
// algorithm.

#include "acedt/codec/hasher.hpp"

#include "acedt/base/error.hpp"

#include <openssl/evp.h>

#include <array>
#include <new>
#include <string>
#include <utility>

namespace acedt::codec {
namespace {

struct Free {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// Throws if an EVP function reports failure.
void check(int ok, const char* call) {
  if (ok != 1) throw Error(ErrorKind::bad_input, "SHA-2 cannot be computed").hint("check openssl.cnf");
}

using Implementation = std::unique_ptr<EVP_MD, Free>;

Implementation fetch(oci::Algorithm algorithm) {
  const std::string name(oci::name(algorithm));
  Implementation found(EVP_MD_fetch(nullptr, name.c_str(), nullptr));
  if (!found) throw Error(ErrorKind::bad_input, "openssl: no " + name).hint("enable a provider of it in openssl.cnf");
  return found;
}

/// Fetches each algorithm once: a fetch searches the providers, which costs time if blobs are small.
const EVP_MD* implementation(oci::Algorithm algorithm) {
  if (algorithm == oci::Algorithm::sha512) {
    static const Implementation sha512 = fetch(oci::Algorithm::sha512);
    return sha512.get();
  }
  static const Implementation sha256 = fetch(oci::Algorithm::sha256);
  return sha256.get();
}

}  // namespace

struct Hasher::Context {
  oci::Algorithm algorithm;
  std::unique_ptr<EVP_MD_CTX, Free> state;
  bool begun = false;
};

Hasher::Hasher(oci::Algorithm algorithm) {
  context_ = std::make_unique<Context>();
  context_->algorithm = algorithm;
  context_->state.reset(EVP_MD_CTX_new());
  if (!context_->state) throw std::bad_alloc();
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::reset() {
  context_->begun = false;
}

void Hasher::begin() {
  if (std::exchange(context_->begun, true)) return;
  check(EVP_DigestInit_ex2(context_->state.get(), implementation(context_->algorithm), nullptr), "EVP_DigestInit_ex2");
}

void Hasher::update(std::span<const std::byte> bytes) {
  begin();
  check(EVP_DigestUpdate(context_->state.get(), bytes.data(), bytes.size()), "EVP_DigestUpdate");
}

oci::Digest Hasher::finish() {
  begin();
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  check(EVP_DigestFinal_ex(context_->state.get(), raw.data(), nullptr), "EVP_DigestFinal_ex");
  reset();
  return {context_->algorithm, std::as_bytes(std::span(raw)).first(oci::raw_size(context_->algorithm))};
}

oci::Digest digest_of(oci::Algorithm algorithm, std::span<const std::byte> bytes) {
  Hasher hasher(algorithm);
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace acedt::codec
