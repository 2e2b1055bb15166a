#pragma once

#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "acedt/base/error.hpp"
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

/// Manifests that one manifest is only weakly linked to, and that are not in the artifact for the same reason.
struct LeftOut {
  enum class Why {
    no_subject,     ///< the registry does not have its subject
    referrer_gone,  ///< the registry lists a referrer that it does not have
    no_referrer,    ///< a referrers tag lists a manifest that does not refer to it
  };
  Why why;
  oci::Digest of;         ///< the manifest
  oci::Digest first;      ///< of what is left out
  std::size_t count = 0;  ///< of what is left out
};

/// All that an artifact consists of.
struct Graph {
  std::vector<Entry> entries = {};  ///< each digest once, in depth-first order, the root first
  std::vector<oci::NamedManifest> manifests =
      {};                              ///< what index.json lists, in that order; contents point into entries
  std::size_t referrers = 0;           ///< how many manifests refer to others of it, each counted once
  std::vector<LeftOut> left_out = {};  ///< in the order in which it was met
};

/// A manifest that is listed as referring to another one.
struct Referrer {
  oci::Descriptor descriptor;
  bool must_name_subject = false;  ///< anybody may push that list: it counts only if its `subject` is the other one
};

/// A manifest and what refers to it (OCI distribution-spec v1.1, "Listing Referrers").
struct Node {
  std::shared_ptr<const Document> document;  ///< null: the registry does not have it, and all links to it are weak
  std::vector<Referrer> referrers = {};
};
using Nodes = std::map<oci::Digest, Node>;

/// Whether the subjects of manifests belong to an artifact.
enum class Subjects { included, ignored };

/// What is known to be needed of a graph, while its manifests come in one by one, in any order.
///
/// Fed with what became of each needed manifest; answers which ones must be fetched next. Links to a subject and to a
/// referrer are weak (OCI image-spec v1.1, manifest.md): the registry need not have what they lead to. Refuses graphs
/// without end: of more than 64 MiB of manifests, or with one that is reached over more than a thousand others.
class Discovery {
 public:
  explicit Discovery(const oci::Descriptor& root, Subjects subjects = Subjects::included);

  /// Manifests that are needed, each once; so many that no more than `at_once` of them are unanswered. Each is answered
  /// by add(), add_absent(), or by a belongs() that returned false.
  std::vector<oci::Descriptor> take_needed(std::size_t at_once = std::numeric_limits<std::size_t>::max());
  /// False if only lists of referrers lead to this manifest and it does not name the subject that one of them is for.
  bool belongs(const oci::Digest& digest, const oci::Manifest& manifest);
  void add(const oci::Digest& digest, Node node);
  /// The registry does not have it. Throws `why` if a link to it is not weak: now, or from the add() that shows one.
  void add_absent(const oci::Digest& digest, const Error& why);
  const Nodes& nodes() const noexcept { return nodes_; }

 private:
  struct Seen {
    std::size_t level = 0;                     // the root's is 1
    bool is_required = false;                  // a link to it is not weak
    bool is_linked = false;                    // it belongs to the artifact, whatever its subject is
    std::vector<oci::Digest> claimed_by = {};  // it belongs if its subject is one of these
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

/// The graph below `root` in the reference's order: a manifest, then its successors and all below them, then its
/// referrers.
///
/// `nodes` must be those of a Discovery that needs no more. Throws Error(bad_input) where the sizes of what it names
/// add up to 2^63 bytes, Error(corrupt) where a digest is named with two sizes, or a manifest with another than it has.
/// An artifact manifest is stored, with what it names, but not listed in index.json unless it is the root: readers know
/// four manifest types there. A referrer that is met under another org.opencontainers.image.ref.name than before is
/// listed once more: that is the tag it has to get.
Graph walk(const oci::Descriptor& root, const Nodes& nodes);

}  // namespace acedt::plan
