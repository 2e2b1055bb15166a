#pragma once

#include <filesystem>
#include <optional>

#include "acedt/oci/digest.hpp"
#include "acedt/plan/shards.hpp"

namespace acedt::serialize {

/// The tracker of a shard's folder.
inline constexpr const char* shard_tracker = "record-keeping.csv";

/// Returns where the shards of a plan have their folders: `DIRECTORY/.ace-dt/shards/PLAN`.
std::filesystem::path shards_path(const std::filesystem::path& directory, const oci::Digest& plan);
/// Returns the folder of a shard, a sync folder of its own: `I-of-N` there.
std::filesystem::path shard_path(const std::filesystem::path& directory, const oci::Digest& plan,
                                 const plan::Shard& shard);
/// Returns the name in partial/ of an archive that is about to be committed for a plan.
std::string joined_partial(const oci::Digest& plan, const std::string& archive);
/// Returns the shard whose folder has this file name; unset if it is none.
std::optional<plan::Shard> shard_named(const std::string& file);

}  // namespace acedt::serialize
