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

/// "sha256", "sha512".
std::string_view name(Algorithm algorithm);
/// Bytes in a digest of this kind: 32 or 64.
std::size_t raw_size(Algorithm algorithm);

/// A content address, written `algorithm:hex` (OCI image-spec v1.1 descriptor.md, "Digests").
///
/// Holds a valid value from birth. Paths are made from this type alone, never from text of the network.
class Digest {
 public:
  /// `raw` must have raw_size(algorithm) bytes.
  Digest(Algorithm algorithm, std::span<const std::byte> raw);
  /// Throws Error(bad_input) naming the text; only the algorithms above, and hex in lower case of the right length.
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
  std::array<std::byte, 64> raw_{};  // zero behind the bytes in use
};

}  // namespace acedt::oci
