#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/oci/descriptor.hpp"
#include "acedt/oci/media_type.hpp"

namespace acedt::oci {

/// An index, image manifest or artifact manifest, read (OCI image-spec v1.1 image-index.md and manifest.md;
/// docker's list and v2 manifest; the artifact manifest of image-spec v1.1.0-rc2).
struct Manifest {
  ContentKind kind;                        ///< never blob
  std::optional<Descriptor> subject = {};  ///< not in docker's formats
  std::optional<Descriptor> config = {};   ///< images only; an image without one is refused
  std::vector<Descriptor> layers = {};     ///< layers of an image, blobs of an artifact
  std::vector<Descriptor> manifests = {};  ///< of an index, those of the extra-manifests annotation behind its own
  std::map<std::string, std::string> annotations = {};

  /// `media_type` is that of the descriptor or the response and must be a manifest type. Throws Error(bad_input) that
  /// says what is wrong where (for example `layers[3].digest`): JSON that is none, a descriptor without mediaType,
  /// digest or size, a size that is negative, an extra-manifests annotation that is no array of descriptors; and what
  /// two readers could take for different things: a key that is there twice, a `mediaType` field of something else,
  /// `config` or `layers` in what is no image, `manifests` in what is no index, `blobs` in what is no artifact. Null is
  /// as good as absent.
  static Manifest parse(std::string_view media_type, std::string_view json);

  /// All that it names, in the reference's order: subject, config, layers; or subject, manifests. Points into it.
  std::vector<const Descriptor*> successors() const;
};

/// The descriptors in the `manifests` of a referrers response or of an index under a referrers tag
/// (OCI distribution-spec v1.1, "Listing Referrers"). Throws Error(bad_input).
std::vector<Descriptor> parse_referrers(std::string_view json);

/// The items of a JSON array of strings, such as an annotation may carry. Throws Error(bad_input).
std::vector<std::string> parse_strings(std::string_view json);

/// Whether it is a JSON object with `schemaVersion` and `manifests`, even if these are null.
bool is_index(std::string_view json);

/// What the bytes of a manifest call themselves: the `mediaType` field, or what its fields show it to be; empty if
/// neither, or where they are no JSON object.
std::string sniff_media_type(std::string_view json);

}  // namespace acedt::oci
