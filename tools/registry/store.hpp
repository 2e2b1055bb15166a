#pragma once

#include <functional>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/oci/digest.hpp"
#include "tools/registry/content.hpp"

namespace acedt::testing {

/// A manifest as it was pushed, and what the referrers API says of it.
struct StoredManifest {
  oci::Digest digest;
  std::string media_type = {};
  Content content = {};
  std::optional<oci::Digest> subject = {};
  std::string artifact_type = {};  ///< that of the manifest, else its config's media type
  std::string annotations = {};    ///< JSON; empty where there are none
};

/// The repositories: blobs, manifests and tags, all in memory. Every member from any thread.
class Store {
 public:
  /// What is stored is what was given, whether or not it makes sense: tests want wrong content too.
  oci::Digest put_blob(std::string_view repository, Content content);
  /// As above for who already knows the digest.
  void put_blob(std::string_view repository, const oci::Digest& digest, Content content);
  std::optional<Content> blob(std::string_view repository, const oci::Digest& digest) const;
  /// Lets `to` share a blob of `from`; false where `from` does not have it.
  bool mount_blob(std::string_view from, std::string_view to, const oci::Digest& digest);
  bool remove_blob(std::string_view repository, const oci::Digest& digest);

  /// `tag` may be empty. Where `media_type` is, the manifest's own mediaType counts.
  oci::Digest put_manifest(std::string_view repository, std::string_view tag, std::string_view media_type,
                           Content content, oci::Algorithm algorithm = oci::Algorithm::sha256);
  /// `reference` is a tag or a digest.
  std::optional<StoredManifest> manifest(std::string_view repository, std::string_view reference) const;
  /// A tag goes alone; a digest takes its tags along.
  bool remove_manifest(std::string_view repository, std::string_view reference);

  /// In lexical order; nothing where there is no such repository.
  std::optional<std::vector<std::string>> tags(std::string_view repository) const;
  /// The manifests whose subject is `digest`, in the order of pushing.
  std::vector<StoredManifest> referrers(std::string_view repository, const oci::Digest& digest) const;

 private:
  template <class Value>
  using ByDigest = std::map<oci::Digest, Value>;

  struct Repository {
    ByDigest<Content> blobs = {};
    ByDigest<StoredManifest> manifests = {};
    ByDigest<std::vector<oci::Digest>> referrers = {};  // subject to manifests
    std::map<std::string, oci::Digest, std::less<>> tags = {};

    const StoredManifest* find(std::string_view reference) const;
  };

  const Repository* find(std::string_view repository) const;
  Repository& at(std::string_view repository);

  mutable std::shared_mutex mutex_;
  std::map<std::string, Repository, std::less<>> repositories_;
};

/// The digest that `text` is, if it is one.
std::optional<oci::Digest> to_digest(std::string_view text);

}  // namespace acedt::testing
