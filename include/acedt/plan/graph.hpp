#pragma once

#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "acedt/oci/descriptor.hpp"
#include "acedt/oci/layout.hpp"
#include "acedt/oci/manifest.hpp"

namespace acedt::plan {

/// A manifest as it was fetched: its bytes, and what they say. Shared by all artifacts that need it; never changed.
struct Document {
  std::string text;
  oci::Manifest manifest;
};

/// One piece of content of an artifact.
struct Entry {
  oci::Descriptor descriptor;
  std::shared_ptr<const Document> document = {};  ///< of manifests; null for blobs
};

/// All that an artifact consists of.
struct Graph {
  std::vector<Entry> entries = {};  ///< each digest once, in depth-first order, the root first
  std::vector<oci::NamedManifest> manifests =
      {};                     ///< what index.json lists, in that order; contents point into entries
  std::size_t referrers = 0;  ///< how many manifests refer to others of it, each counted once
};

/// A manifest and the descriptors of what refers to it (OCI distribution-spec v1.1, "Listing Referrers").
struct Node {
  std::shared_ptr<const Document> document;
  std::vector<oci::Descriptor> referrers = {};
};
using Nodes = std::map<oci::Digest, Node>;

/// What is known to be needed of a graph, while its manifests come in one by one, in any order.
///
/// Fed with nodes; answers which manifests must be fetched next. Refuses graphs without end: of more than 64 MiB of
/// manifests, or with one that is reached over more than a thousand others.
class Discovery {
 public:
  explicit Discovery(const oci::Descriptor& root);

  /// Manifests that are needed, each once; so many that no more than `at_once` were taken and not added yet.
  std::vector<oci::Descriptor> take_needed(std::size_t at_once = std::numeric_limits<std::size_t>::max());
  void add(const oci::Digest& digest, Node node);
  const Nodes& nodes() const noexcept { return nodes_; }

 private:
  void need(const oci::Descriptor& descriptor, std::size_t level);

  Nodes nodes_;
  std::map<oci::Digest, std::size_t> levels_;  // of what was seen; the root's is 1
  Bytes text_;
  std::deque<oci::Descriptor> needed_;
};

/// The graph below `root` in the reference's order: a manifest, then its successors and all below them, then its
/// referrers.
///
/// `nodes` must hold every manifest that Discovery asked for. Throws Error(bad_input) where the sizes of what it names
/// add up to 2^63 bytes, Error(corrupt) where a digest is named with two sizes, or a manifest with another than it has.
/// An artifact manifest is stored, with what it names, but not listed in index.json unless it is the root: readers know
/// four manifest types there. A referrer that is met under another org.opencontainers.image.ref.name than before is
/// listed once more: that is the tag it has to get.
Graph walk(const oci::Descriptor& root, const Nodes& nodes);

}  // namespace acedt::plan
