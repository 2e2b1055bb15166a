#pragma once

#include <optional>
#include <string>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/oci/descriptor.hpp"
#include "acedt/plan/graph.hpp"

namespace acedt::plan {

/// A stretch of a tar stream: bytes that are known now (headers, manifests, padding), then the content of one blob.
/// Small, as there may be many thousands: what is easily made anew is not kept.
struct Segment {
  Bytes offset;                           ///< in the tar stream
  Bytes size = {};                        ///< of the bytes that are known
  Bytes padding = {};                     ///< zeros, which they begin with: those behind the blob before
  std::string text = {};                  ///< what they have before the header of the blob
  const oci::Descriptor* blob = nullptr;  ///< of the graph; null in the last segment, never of size 0

  /// Those that are known.
  std::string bytes() const;
  Bytes blob_offset() const { return offset + size; }
};

/// Content and where it is in the tar stream.
struct PlacedContent {
  oci::Digest digest;
  Bytes size = {};
  Bytes offset = {};
};

/// A tar stream before its first blob was asked for: every offset is known from the sizes in the descriptors.
struct Layout {
  std::vector<Segment> segments = {};
  std::vector<PlacedContent> contents = {};  ///< manifests and blobs that it stores, in their order
  Bytes size = {};                           ///< with the end-of-archive marker
};

/// What the layout of an archive depends on, beside its graph.
struct LayoutOptions {
  std::string version = {};             ///< of this tool, an annotation
  std::vector<std::string> needs = {};  ///< archives with the blobs left out here, an annotation where there are any
  std::optional<std::string> manifest_json = {};
};

/// Annotation of index.json: the archives that must be unpacked before this one, as a JSON array in a string.
inline constexpr std::string_view needs_annotation = "vnd.ace-dt.data.needs";

/// Lays out `graph` as the reference does: oci-layout, index.json of the root alone, the contents with their
/// directories, index.json of all manifests, manifest.json, two blocks of zeros.
///
/// Segments point into `graph`. `stored` says of each entry whether this archive has it. Content that is embedded in
/// its descriptor, and the empty blob, need no fetching and become bytes: that they are what their digests say must
/// have been checked. Throws Error(bad_input) where the root's deduplicated-size annotation is no number.
Layout lay_out(const Graph& graph, const std::vector<bool>& stored, const LayoutOptions& options);

}  // namespace acedt::plan
