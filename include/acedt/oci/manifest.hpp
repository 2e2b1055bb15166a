#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/oci/descriptor.hpp"
#include "acedt/oci/media_type.hpp"

namespace acedt::oci {

/// A parsed index, image manifest or artifact manifest (OCI image-spec v1.1 image-index.md and manifest.md; docker's
/// manifest list and v2 manifest; the artifact manifest of image-spec v1.1.0-rc2).
struct Manifest {
  ContentKind kind;                        ///< never blob
  std::optional<Descriptor> subject = {};  ///< not in docker's formats
  std::optional<Descriptor> config = {};   ///< of an image, which must have one
  std::vector<Descriptor> layers = {};     ///< of an image: layers; of an artifact: blobs
  std::vector<Descriptor> manifests = {};  ///< of an index: its own, then those of the extra-manifests annotation
  std::map<std::string, std::string> annotations = {};
  std::string artifact_type = {};  ///< not in docker's formats

  /// Parses a manifest of `media_type`, which comes from its descriptor or the response. Null counts as absent.
  ///
  /// Throws Error(bad_input), which names the position (such as `layers[3].digest`), if
  /// - `media_type` is not a manifest type, or `json` is not JSON;
  /// - a descriptor lacks mediaType, digest or size, or its size is negative;
  /// - the extra-manifests annotation is not an array of descriptors;
  /// - two readers could understand it differently: a duplicate key, a `mediaType` field of another kind, `config` or
  ///   `layers` outside an image, `manifests` outside an index, `blobs` outside an artifact.
  static Manifest parse(std::string_view media_type, std::string_view json);

  /// Returns all content that it refers to, in the reference's order: subject, config, layers, manifests. The pointers
  /// are valid as long as this is.
  std::vector<const Descriptor*> successors() const;
};

/// Returns the `manifests` of a referrers response, or of the index under a referrers tag (OCI distribution-spec v1.1,
/// "Listing Referrers"). Throws Error(bad_input) as Manifest::parse() does.
std::vector<Descriptor> parse_referrers(std::string_view json);

/// Returns the items of a JSON array of strings, such as an annotation may carry. Throws Error(bad_input).
std::vector<std::string> parse_strings(std::string_view json);

/// Returns the `imageLayoutVersion` of an `oci-layout`; empty if it has none. Throws Error(bad_input) if `json` is no
/// object, or if the version is not a text.
std::string layout_version(std::string_view json);

/// Returns whether `json` is an object with `schemaVersion` and `manifests`, which may be null.
bool is_index(std::string_view json);

/// Returns the media type that a manifest declares in `mediaType`, else the one that its fields suggest; empty if
/// neither tells, or if `json` is not an object.
std::string sniff_media_type(std::string_view json);

}  // namespace acedt::oci
