#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acedt/base/hash.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/plan/digest_map.hpp"
#include "acedt/plan/scope.hpp"
#include "acedt/tar/location.hpp"

namespace acedt::plan {

/// Which archive of a sync folder has which content: decides what is stored again, and where else it can be taken from.
///
/// Two contents are the same only if algorithm, all bytes of the digest, and size are: a blob that a manifest lists
/// with another size than an archive has is nowhere, so the registry is asked for it, and what comes is compared.
/// Grows by some tens of bytes a digest; nothing else in a run does.
class Dedup {
 public:
  using Archive = std::uint32_t;  ///< an archive of this set, in the order of their numbers

  /// `seed` changes no answer.
  Dedup(DedupScope scope, const HashSeed& seed) : scope_(scope), in_folder_(seed), in_names_(seed) {}

  /// `file` is the archive's file name, `name` the name of its row.
  Archive add_archive(std::string file, const std::string& name);
  const std::string& file(Archive archive) const { return files_[archive]; }

  /// `archive` stores this content. Without a `place`, it will once it is written, and a second call says where; or it
  /// was carried away. An archive with a place is preferred to one without, else the first that was added counts.
  void add(Archive archive, const oci::Digest& digest, Bytes size, std::optional<tar::Location> location);

  /// The archive because of which a new archive of `name` need not store this blob.
  std::optional<Archive> holder(const std::string& name, const oci::Digest& digest, Bytes size) const;

  /// Which archive has it, whatever the scope. Without a place: not written yet, or no longer in the folder.
  std::optional<Holding> find(const oci::Digest& digest, Bytes size) const;

 private:
  using KeyInName = HoldingTable<sizeof(const Holding*) + sizeof(std::uint32_t)>::Key;
  /// Of what is `held` in in_folder_.
  static KeyInName key_in_name(const Holding& held, std::uint32_t name);

  DedupScope scope_;
  std::vector<std::string> files_;
  DigestMap in_folder_;
  // Only with scope name:
  std::map<std::string, std::uint32_t> names_;  // and their numbers
  std::vector<std::uint32_t> name_of_archive_;
  HoldingTable<sizeof(KeyInName)> in_names_;
};

}  // namespace acedt::plan
