#pragma once

// What the archives of a folder name, and which archive has it. A push and a check use this to know whether all content
// is there, before anything is sent or reported.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "acedt/archive/contents.hpp"
#include "acedt/oci/descriptor.hpp"
#include "acedt/plan/dedup.hpp"

namespace acedt::closure {

/// A reference from a manifest to other content.
struct Link {
  oci::Digest digest;
  Bytes size = {};
  std::string_view manifest_type = {};  ///< media type, without parameters; empty if the target is a blob
  bool is_subject = false;              ///< weak: a registry accepts a manifest whose subject it lacks
  bool is_child = false;                ///< the target is listed by an index
};

/// Returns what a manifest of `media_type` refers to, in the order of the reference, each target once. Throws
/// Error(bad_input) as oci::Manifest::parse() does.
std::vector<Link> links_of(std::string_view media_type, std::string_view text);

/// A manifest of an archive.
struct ReachedManifest {
  oci::Digest digest;
  std::string_view media_type;
  Bytes size = {};
  std::size_t archive = 0;  ///< that has the bytes: this archive, or an earlier one that has them only as a blob
  tar::Location location = {};
  std::size_t level = 0;  ///< above the levels of all manifests that it refers to
};

/// Content that an archive names, and that neither it nor an earlier archive has.
struct Missing {
  oci::Digest digest;
  std::optional<oci::Digest> wanted_by = {};  ///< the first manifest that names it; unset: index.json
  bool is_subject = false;                    ///< it is named only as a subject
  Bytes size = {};
  std::string_view manifest_type = {};  ///< as in Link
};

/// Something that is wrong with an archive, for people.
struct Fault {
  std::optional<oci::Digest> digest = {};  ///< the content that it is about, if any
  std::string what;
};

/// All that can be reached from the index.json of one archive.
struct Closure {
  std::optional<oci::Descriptor> root = {};      ///< the first manifest of the first index.json
  std::vector<ReachedManifest> manifests = {};   ///< each once, after all that it refers to
  std::vector<bool> is_manifest = {};            ///< for each blob of the archive: it is one of `manifests`
  std::vector<bool> is_blob = {};                ///< for each blob: it is named as something else; both may hold
  std::size_t unnamed = 0;                       ///< blobs of the archive that nothing refers to
  std::vector<std::size_t> needs = {};           ///< earlier archives with content that it leaves out; ascending
  std::vector<std::string> declared_needs = {};  ///< file names of those that its index.json declares
  std::vector<Missing> missing = {};             ///< each digest once
  std::string platforms = {};                    ///< those that its index.json declares; empty: all
  std::set<oci::Digest> left_out = {};           ///< children of its indexes that index.json declares as left out
  std::vector<Fault> faults = {};                ///< damage
  std::vector<std::string> remarks = {};         ///< no damage, but worth knowing
};

/// Returns the links of the manifest `found` in archive number `archive`, as links_of() does. Throws Error(corrupt) if
/// its bytes cannot be read or do not match its digest, and Error(bad_input) if they are no manifest.
using ReadLinks =
    std::function<std::vector<Link>(std::size_t archive, const archive::Found& found, std::string_view media_type)>;

/// Where the contents of a folder are. Add archives in the order of their numbers: each may need earlier ones. Does no
/// I/O. Takes about 150 bytes for each blob.
class Closures {
 public:
  /// A blob of an archive.
  struct Place {
    std::uint32_t archive = 0;
    std::uint32_t blob = 0;
    bool operator==(const Place&) const = default;
  };

  explicit Closures(const plan::HashSeed& seed);
  Closures(const Closures&) = delete;  // the table refers to the archives
  Closures& operator=(const Closures&) = delete;

  /// Adds the next archive, `file`, and returns its closure. Calls `read` once for each of its manifests, for at most
  /// 64 MiB of them. The errors of ReadLinks become faults. Throws anything else that `read` throws.
  Closure add(std::string file, const archive::Contents& contents, const ReadLinks& read);

  std::size_t size() const noexcept { return archives_.size(); }
  const std::string& file(std::size_t archive) const { return archives_[archive].file; }
  /// Returns the blobs of an archive, in the order of its file.
  std::span<const archive::Found> blobs(std::size_t archive) const { return archives_[archive].blobs; }
  const archive::Found& at(const Place& place) const { return archives_[place.archive].blobs[place.blob]; }
  /// Returns all places of `digest`, in the order of the archives.
  std::vector<Place> places_of(const oci::Digest& digest) const;
  /// Returns true if several archives have `digest`.
  bool is_shared(const oci::Digest& digest) const;

 private:
  friend class Walk;

  struct Archive {
    std::string file;
    std::vector<archive::Found> blobs;
    std::vector<bool> is_manifest;
  };
  /// Hashes a place by the digest that is there, so that the table does not store digests.
  struct ByDigest {
    using is_transparent = void;
    const Closures* all;
    const oci::Digest& key(const Place& place) const { return all->at(place).digest; }
    static const oci::Digest& key(const oci::Digest& digest) { return digest; }
    template <class Key>
    std::size_t operator()(const Key& one) const {
      return plan::seeded_hash(all->seed_, key(one).raw());
    }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return key(a) == key(b);
    }
  };

  plan::HashSeed seed_;
  std::deque<Archive> archives_;
  std::unordered_multiset<Place, ByDigest, ByDigest> places_;
};

}  // namespace acedt::closure
