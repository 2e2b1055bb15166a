#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "acedt/oci/digest.hpp"

namespace acedt::codec {

/// Computes a digest incrementally, with OpenSSL's EVP. One thread at a time.
///
/// Throws Error(bad_input) if OpenSSL's configuration lacks the algorithm.
class Hasher {
 public:
  explicit Hasher(oci::Algorithm algorithm);
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  /// Discards the bytes that were added.
  void reset();
  /// Adds `bytes`.
  void update(std::span<const std::byte> bytes);
  /// Returns the digest of all bytes that were added, and discards them.
  oci::Digest finish();

 private:
  void begin();

  struct Context;
  std::unique_ptr<Context> context_;
};

/// Returns the digest of `bytes`.
oci::Digest digest_of(oci::Algorithm algorithm, std::span<const std::byte> bytes);

}  // namespace acedt::codec
