#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acedt/base/hash.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/plan/digest_map.hpp"
#include "acedt/tar/header.hpp"

namespace acedt::plan {

/// Which earlier archives allow a new one to leave a blob out.
enum class DedupScope {
  folder,  ///< all archives of the sync folder: each blob is stored once
  name,    ///< archives of the same name, as in the reference
  none,    ///< none: each archive is complete in itself
};

/// The index of all content in a sync folder: decides which blobs a new archive leaves out, and finds the archive that
/// a blob can be copied from.
///
/// Content is equal if algorithm, the whole digest and size are. If a manifest lists a blob with a wrong size, the
/// index does not have it, so it is fetched, and its verification fails. The index is the only part of a run that grows
/// with the folder, by 61 to 99 bytes per digest (see DigestMap).
class Dedup {
 public:
  using Archive = std::uint32_t;  ///< index of an archive, in the order of add_archive()

  /// `seed` affects speed only; see HoldingTable.
  Dedup(DedupScope scope, const HashSeed& seed) : scope_(scope), in_folder_(seed), in_names_(seed) {}

  /// Adds an archive: `file` is its file name, `name` the name of its row. Archives come in order of their numbers.
  Archive add_archive(std::string file, const std::string& name);
  /// Returns the file name of `archive`.
  const std::string& file(Archive archive) const { return files_[archive]; }

  /// Records that `archive` stores this content. The location is unset while the archive is being written (a second
  /// call sets it), and if the archive was moved out of the folder. For each content, the first archive with a location
  /// counts, or else the first archive.
  void add(Archive archive, const oci::Digest& digest, Bytes size, std::optional<tar::Location> location);

  /// Returns the archive that allows a new archive of `name` to leave this blob out, or nullopt.
  std::optional<Archive> holder(const std::string& name, const oci::Digest& digest, Bytes size) const;

  /// Returns the archive with this content, in any scope, or nullopt. Its location may be unset: see add().
  std::optional<Holding> find(const oci::Digest& digest, Bytes size) const;

 private:
  using KeyInName = HoldingTable<sizeof(const Holding*) + sizeof(std::uint32_t)>::Key;
  /// Returns the key of content that in_folder_ has as `held`.
  static KeyInName key_in_name(const Holding& held, std::uint32_t name);

  DedupScope scope_;
  std::vector<std::string> files_;
  DigestMap in_folder_;
  // For scope `name` only:
  std::map<std::string, std::uint32_t> names_;  // -> number of the name
  std::vector<std::uint32_t> name_of_archive_;
  HoldingTable<sizeof(KeyInName)> in_names_;
};

}  // namespace acedt::plan
