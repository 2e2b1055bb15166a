#pragma once

#include <memory>
#include <optional>
#include <string>

#include "acedt/archive/compressor.hpp"
#include "acedt/plan/dedup.hpp"
#include "acedt/plan/layout.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/serialize/options.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/commit_queue.hpp"

namespace acedt::serialize {

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
