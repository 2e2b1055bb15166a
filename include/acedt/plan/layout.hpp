#pragma once

#include <optional>
#include <string>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/oci/descriptor.hpp"
#include "acedt/plan/graph.hpp"

namespace acedt::plan {

/// A part of a tar stream: known bytes (padding, manifests, headers), then the content of one blob.
///
/// A layout may have many thousands, so bytes that are easily made again (zeros, the header of the blob) are not kept.
struct Segment {
  Bytes offset;                           ///< in the tar stream
  Bytes size = {};                        ///< of the known bytes: `padding`, `text`, the header of the blob
  Bytes padding = {};                     ///< zeros after the blob of the segment before
  std::string text = {};                  ///< manifests, their headers, and other files
  const oci::Descriptor* blob = nullptr;  ///< in the graph, not empty; null in the last segment

  /// Returns the known bytes.
  std::string bytes() const;
  /// Returns the offset of the blob in the tar stream.
  Bytes blob_offset() const { return offset + size; }
};

/// A manifest or blob, and its offset in the tar stream.
struct PlacedContent {
  oci::Digest digest;
  Bytes size = {};
  Bytes offset = {};
};

/// The plan of a tar stream. It exists before any blob is fetched, as the sizes in the descriptors give every offset.
struct Layout {
  std::vector<Segment> segments = {};
  std::vector<PlacedContent> contents = {};  ///< the manifests and blobs that it stores, in order
  Bytes size = {};                           ///< of the whole stream, with the end-of-archive marker
};

/// The inputs of a layout beside the graph.
struct LayoutOptions {
  std::string version = {};                       ///< of this program, for an annotation
  std::vector<std::string> needs = {};            ///< archives that have the blobs left out here, for an annotation
  std::optional<std::string> manifest_json = {};  ///< text of the file for docker load
  std::string platforms = {};  ///< the filter that the graph was made with, for an annotation; empty: none
};

/// An annotation of index.json: a text with a JSON array of the archives that must be unpacked before this one.
inline constexpr std::string_view needs_annotation = "vnd.ace-dt.data.needs";
/// Annotations of index.json if manifests were left out because of their platforms: the platforms that were taken, and
/// the digests of those manifests, each separated by commas. The indexes that list them are stored unchanged.
inline constexpr std::string_view platforms_annotation = "vnd.ace-dt.data.platforms";
inline constexpr std::string_view left_out_annotation = "vnd.ace-dt.data.left-out";

/// Returns the layout of `graph`, as the reference orders it: oci-layout, index.json with only the root (with all
/// manifests, unlike the reference's, if there are referrers), the contents with their directories, index.json with all
/// manifests (readers take the last one), manifest.json, two blocks of zeros.
///
/// `stored` tells for each entry whether this archive contains it. Segments point into `graph`, which must outlive
/// them. Content that is embedded in its descriptor, and the empty blob, become known bytes; the caller must have
/// verified their digests. Throws Error(bad_input) if the deduplicated-size annotation of the root is not a number.
Layout lay_out(const Graph& graph, const std::vector<bool>& stored, const LayoutOptions& options);

}  // namespace acedt::plan
