#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "acedt/oci/digest.hpp"
#include "acedt/plan/digest_map.hpp"
#include "acedt/plan/scope.hpp"
#include "acedt/tar/place.hpp"

namespace acedt::plan {

/// Which archive of a sync folder has which content: decides what is stored again, and where else it can be taken from.
///
/// Grows by some tens of bytes a digest; nothing else in a run does.
class Dedup {
 public:
  using Archive = std::uint32_t;  ///< an archive of this set, in the order of their numbers

  explicit Dedup(DedupScope scope) : scope_(scope) {}

  /// `file` is the archive's file name, `name` the name of its row.
  Archive add_archive(std::string file, const std::string& name);
  const std::string& file(Archive archive) const { return files_[archive]; }

  /// `archive` stores `digest`. Without a `place`, it will once it is written, and a second call says where; or it was
  /// carried away. An archive with a place is preferred to one without, else the first that was added counts.
  void add(Archive archive, const oci::Digest& digest, std::optional<tar::Place> place);

  /// The archive because of which a new archive of `name` need not store this blob.
  std::optional<Archive> holder(const std::string& name, const oci::Digest& digest) const;

  struct Holding {
    Archive archive;
    std::optional<tar::Place> place;  ///< nothing: not written yet, or the archive is no longer in the folder
  };
  /// Which archive has it, whatever the scope.
  std::optional<Holding> find(const oci::Digest& digest) const;

 private:
  DedupScope scope_;
  std::vector<std::string> files_;
  DigestMap in_folder_;
  // Only with scope name:
  std::unordered_map<std::string, std::uint32_t> names_;  // and their numbers
  std::vector<std::uint32_t> name_of_archive_;
  DigestMap in_names_;  // under the digest and the number of the name
};

}  // namespace acedt::plan
