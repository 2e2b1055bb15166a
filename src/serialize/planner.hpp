#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/archive/compressor.hpp"
#include "acedt/plan/dedup.hpp"
#include "acedt/plan/layout.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/serialize/run.hpp"
#include "acedt/sync/batch_list.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/commit.hpp"

namespace acedt::serialize {

/// Returns text for the user: "sync/000001-a.tar is gone, though it is needed by 000002-b.tar".
std::string describe(const sync::LostArchive& lost, const sync::Folder& folder);
/// The end of the message if it cannot be rebuilt: what the user can do. Follows describe().
inline constexpr std::string_view remedy_for_lost =
    ", and cannot be rebuilt: restore it from a copy, or delete it and the archives that need it, each with its row of "
    "the tracker";

/// Puts a row for each lost archive in front of `rows`, and removes rows with the same name and artifact. Reads
/// archives whose size changed: an archive that still has all its content is not lost.
///
/// Blocks on the disk. Throws Error(corrupt) that names the archive if it cannot be rebuilt as it was; Error(storage)
/// if one cannot be read.
void put_lost_first(std::vector<sync::BatchRow>& rows, const sync::Folder& folder, const Options& options);

/// Decides, row by row, what an archive stores and at which offset. Thread: control.
class Planner {
 public:
  /// `compressor` null: archives are plain. Everything passed by reference or pointer must outlive the planner.
  Planner(const Options& options, const sync::Folder& folder, plan::Dedup& dedup, archive::Compressor* compressor)
      : options_(options),
        folder_(folder),
        dedup_(dedup),
        compressor_(compressor),
        next_number_(folder.next_number()) {}

  struct Planned {
    std::shared_ptr<PendingArchive> archive;
    report::ArtifactResolved summary;
  };

  /// Returns the archive of the next row, and creates its file. Call in list order. Adds what it stores to the dedup
  /// set.
  ///
  /// Throws Error(bad_input) if a lost archive would not get the content that it had; Error(storage) or Error(no_space)
  /// if the file cannot be created.
  Planned plan(std::uint64_t row, engine::Artifact of_row);

 private:
  std::optional<std::string> docker_manifest(const plan::Graph& graph) const;
  std::string partial_file(const std::string& name, const std::vector<plan::Segment>& segments) const;

  const Options& options_;
  const sync::Folder& folder_;
  plan::Dedup& dedup_;
  archive::Compressor* compressor_;
  std::uint64_t next_number_;
};

}  // namespace acedt::serialize
