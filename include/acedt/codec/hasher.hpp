#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "acedt/oci/digest.hpp"

namespace acedt::codec {

/// Computes a digest of bytes as they come (OpenSSL's EVP). One thread at a time. Can be used again after finish().
class Hasher {
 public:
  explicit Hasher(oci::Algorithm algorithm);
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  /// Forgets what it was fed.
  void reset();
  void update(std::span<const std::byte> bytes);
  /// The digest of all that was fed; then it is as new.
  oci::Digest finish();

 private:
  void begin();

  struct Context;
  std::unique_ptr<Context> context_;
};

/// The digest of `bytes`, all at once.
oci::Digest digest_of(oci::Algorithm algorithm, std::span<const std::byte> bytes);

}  // namespace acedt::codec
