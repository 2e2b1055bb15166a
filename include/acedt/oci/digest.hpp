#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace acedt::oci {

/// The registered digest algorithms that registries use (OCI image-spec v1.1 descriptor.md, "Registered algorithms").
enum class Algorithm : std::uint8_t { sha256, sha512 };

/// Returns "sha256" or "sha512".
std::string_view name(Algorithm algorithm);
/// Returns the size in bytes of a digest: 32 or 64.
std::size_t raw_size(Algorithm algorithm);

/// A content address, written `algorithm:hex` (OCI image-spec v1.1 descriptor.md, "Digests").
///
/// Always valid. Paths in archives are made from this type only, never from text that came over the network.
class Digest {
 public:
  /// `raw` must have raw_size(algorithm) bytes.
  Digest(Algorithm algorithm, std::span<const std::byte> raw);
  /// Throws Error(bad_input) that names the text unless it is one of these algorithms, a colon, and the right number of
  /// lower-case hex digits.
  static Digest parse(std::string_view text);

  Algorithm algorithm() const noexcept { return algorithm_; }
  std::span<const std::byte> raw() const noexcept { return {raw_.data(), raw_size(algorithm_)}; }
  std::string hex() const;
  std::string text() const;       ///< "sha256:9d99…"
  std::string blob_path() const;  ///< "blobs/sha256/9d99…" (OCI image-spec v1.1 image-layout.md)

  auto operator<=>(const Digest&) const = default;

 private:
  std::string with_hex(std::string before) const;

  Algorithm algorithm_;
  std::array<std::byte, 64> raw_{};  // zeros after the bytes in use
};

}  // namespace acedt::oci
