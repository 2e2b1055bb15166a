#pragma once

// A push that several processes share. In phase 1, each shard pushes its share of the blobs, and writes down which ones
// are at the destination. In phase 2, an ordinary push reads that, and pushes the rest: other blobs, manifests, tags.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/oci/reference.hpp"
#include "acedt/plan/shards.hpp"
#include "deserialize/plan.hpp"

namespace acedt::deserialize {

/// Reduces `plans` to the blobs of one shard. Each digest belongs to one shard, by the order in which the digests first
/// appear. So archives that are added to the folder do not move blobs to another shard.
void keep_share(std::vector<ArchivePlan>& plans, const plan::Shard& shard);

/// The results of shards, in files `shard-I-of-N.json` of one folder. Each file says which blobs a shard has left at
/// the destination that it names. Blocks on the disk.
class ShardResults {
 public:
  /// Results in `folder` for the repository of `destination`, whose tag does not matter.
  ShardResults(std::filesystem::path folder, const oci::Reference& destination, const Disk& disk = Disk::real());

  /// Replaces the result of `shard`. Throws Error(storage) or Error(no_space).
  void write(const plan::Shard& shard, std::vector<oci::Digest> blobs) const;

  /// What read() found.
  struct Found {
    std::vector<oci::Digest> blobs = {};            ///< sorted
    std::vector<std::filesystem::path> files = {};  ///< those that name the destination
    std::vector<std::string> warnings = {};         ///< about files that cannot be understood
  };
  /// Reads all results for the destination. Throws Error(storage).
  Found read() const;

 private:
  std::filesystem::path folder_;
  std::string destination_;  // REGISTRY/REPOSITORY
  const Disk& disk_;
};

/// Marks the blobs of `plans` that are among `blobs`, which are sorted, as vouched for.
void mark_vouched(std::vector<ArchivePlan>& plans, std::span<const oci::Digest> blobs);

}  // namespace acedt::deserialize
