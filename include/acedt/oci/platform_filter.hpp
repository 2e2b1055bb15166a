#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/oci/descriptor.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/oci/manifest.hpp"

namespace acedt::oci {

/// What a filter makes of one index.
struct PlatformSelection {
  std::set<Digest> left_out = {};      ///< children that it does not take
  std::set<std::string> has = {};      ///< the platforms of its children, without attestations: "linux/arm64/v8"
  std::set<std::string> matched = {};  ///< the platforms of the filter that a child has
};

/// The platforms whose manifests are taken from an image index (OCI image-spec v1.1 image-index.md, "platform"); all by
/// default. A value.
///
/// A platform is os/arch[/variant]. Names are normalised as containerd does: x86_64 is amd64, i386 is 386, aarch64 is
/// arm64, armhf is arm/v7, armel is arm/v6, macos is darwin. A platform with a variant takes only that one; without, it
/// takes every variant. A child without a variant counts as arm/v7, arm64/v8 or amd64/v1.
class PlatformFilter {
 public:
  PlatformFilter() = default;
  /// Parses platforms that are separated by commas: "linux/amd64,linux/arm/v7". An empty text is the default. Throws
  /// Error(usage), with a hint, if one of them is not os/arch[/variant].
  static PlatformFilter parse(std::string_view text);

  bool takes_all() const noexcept { return platforms_.empty(); }
  /// Returns the platforms, normalised and sorted: each once. Empty if it takes all.
  std::vector<std::string> texts() const;
  /// Returns the same, separated by commas: what parse() accepts.
  std::string text() const;
  /// Returns whether it takes everything that `other` takes from any index.
  bool covers(const PlatformFilter& other) const;

  /// Applies the filter to `index`; other manifests have no children.
  ///
  /// A child is taken if its platform matches. It is taken as well if it is an index, or if its platform does not say
  /// for what it is: missing, without os or architecture, or unknown/unknown. An attestation of BuildKit (annotations
  /// vnd.docker.reference.*) is left out exactly if the child that it is about is left out.
  PlatformSelection select(const Manifest& index) const;

  bool operator==(const PlatformFilter&) const = default;

 private:
  bool takes(const Descriptor& child, PlatformSelection& selection) const;

  std::vector<Platform> platforms_;  // normalised, sorted by their texts
};

}  // namespace acedt::oci
