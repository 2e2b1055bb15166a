#pragma once

#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/oci/descriptor.hpp"
#include "acedt/oci/layout.hpp"
#include "acedt/oci/manifest.hpp"

namespace acedt::plan {

/// A manifest as fetched: its bytes, and their parsed form. Immutable, and shared by all artifacts that contain it.
struct Document {
  std::string text;
  oci::Manifest manifest;
  std::string media_type = {};  ///< as which it was parsed
};

/// A manifest or a blob of an artifact.
struct Entry {
  oci::Descriptor descriptor;
  std::shared_ptr<const Document> document = {};  ///< of a manifest; null for a blob
};

/// Manifests that are not in the artifact although another one links to them, for one reason.
struct LeftOut {
  enum class Why {
    no_subject,     ///< the registry lacks its subject
    referrer_gone,  ///< the registry lists a referrer that it lacks
    no_referrer,    ///< a referrers tag lists a manifest whose subject is not this one
  };
  Why why;
  oci::Digest of;         ///< the manifest that links to them
  oci::Digest first;      ///< the first that is left out
  std::size_t count = 0;  ///< of manifests that are left out
};

/// The content of an artifact, in the order of its archive.
struct Graph {
  std::vector<Entry> entries = {};                 ///< each digest once, depth first, the root first
  std::vector<oci::NamedManifest> manifests = {};  ///< for index.json, in that order; contents point into `entries`
  std::size_t referrers = 0;                       ///< number of manifests that are referrers of others in it
  std::vector<LeftOut> left_out = {};              ///< in the order of discovery
  std::set<oci::Digest> other_platforms = {};      ///< children of its indexes that are left out: see Node::left_out
};

/// A manifest that a list names as a referrer of another one.
struct Referrer {
  oci::Descriptor descriptor;
  /// It counts only if its `subject` is that manifest: the list is under a tag, which anybody may push.
  bool must_name_subject = false;
};

/// A manifest and its referrers (OCI distribution-spec v1.1, "Listing Referrers").
struct Node {
  std::shared_ptr<const Document> document;  ///< null if the registry lacks it; then all links to it are weak
  std::vector<Referrer> referrers = {};
  std::set<oci::Digest> left_out = {};  ///< children of an index that are no part of the artifact: other platforms
};
using Nodes = std::map<oci::Digest, Node>;

/// Whether the subjects of manifests are part of an artifact.
enum class Subjects { included, ignored };

/// Discovers the manifests of an artifact: fed with fetched manifests in any order, it returns which ones to fetch
/// next.
///
/// Links to a subject and to a referrer are weak (OCI image-spec v1.1, manifest.md): the registry may lack their
/// target. All other links are required. Throws Error(bad_input) for graphs without end: more than 64 MiB of manifests,
/// counting 512 B for each referrer, or a path of more than 1000 manifests from the root.
class Discovery {
 public:
  /// Starts with `root`, which is required.
  explicit Discovery(const oci::Descriptor& root, Subjects subjects = Subjects::included);

  /// Returns manifests to fetch, each once, but no more than keeps `max_pending` of them pending. A manifest is pending
  /// until add(), add_absent(), or a belongs() that returns false.
  std::vector<oci::Descriptor> take_needed(std::size_t max_pending = std::numeric_limits<std::size_t>::max());
  /// Call with a fetched manifest before add(). Returns false if only referrers tags lead to it and its subject is not
  /// the manifest of one of them: then it is not part of the artifact.
  bool belongs(const oci::Digest& digest, const oci::Manifest& manifest);
  /// Adds a fetched manifest and its referrers.
  void add(const oci::Digest& digest, Node node);
  /// Records that the registry lacks a manifest. Throws `why` if it is required; a later add() throws it if that shows
  /// a required link.
  void add_absent(const oci::Digest& digest, const Error& why);
  /// Returns the manifests that were added, for walk().
  const Nodes& nodes() const noexcept { return nodes_; }
  /// The same, and ends the discovery.
  Nodes take_nodes() noexcept { return std::move(nodes_); }

 private:
  struct Seen {
    std::size_t level = 0;                     // number of manifests on the path from the root, itself included
    bool is_required = false;                  // a required link leads to it
    bool is_linked = false;                    // part of the artifact, whatever its subject is
    std::vector<oci::Digest> claimed_by = {};  // else: part of it if its subject is one of these
  };
  Seen* need(const oci::Descriptor& descriptor, std::size_t level);
  void require(const oci::Descriptor& descriptor, std::size_t level);

  Subjects subjects_;
  Nodes nodes_;
  std::map<oci::Digest, Seen> seen_;
  std::map<oci::Digest, Error> absent_;
  Bytes text_;
  std::deque<oci::Descriptor> needed_;
};

/// Returns the graph of `root` in the reference's order: a manifest, then its successors depth first, then its
/// referrers.
///
/// `nodes` must be those of a Discovery that has no more manifests to fetch.
/// An artifact manifest below the root is stored with its content but not listed in index.json, as readers know only
/// four manifest types there. A referrer with several org.opencontainers.image.ref.name is listed once for each, as
/// each is a tag to create. Throws Error(bad_input) if the sizes add up to 2^63 bytes or more, and Error(corrupt) if
/// descriptors give one digest two sizes, or a manifest another size than it has; Error(bad_input) if more than 50000
/// manifests of other platforms are left out, as index.json lists them.
Graph walk(const oci::Descriptor& root, const Nodes& nodes);

}  // namespace acedt::plan
