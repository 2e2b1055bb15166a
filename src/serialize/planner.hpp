#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/plan/dedup.hpp"
#include "acedt/plan/layout.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/serialize/run.hpp"
#include "acedt/sync/batch_list.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/commit.hpp"

namespace acedt::serialize {

/// What is decided about an archive before its layout is known.
struct Decision {
  std::string file;                     ///< "000001-tools.tar"
  std::vector<bool> stored = {};        ///< for each entry of the graph: whether this archive has it
  std::vector<std::string> needs = {};  ///< archives that have the blobs it leaves out
};

/// An archive that is planned to the byte: everything but its content.
struct Planned {
  std::shared_ptr<PendingArchive> archive;  ///< without a writer
  std::vector<bool> stored;                 ///< as in Decision
  Bytes tar_size;
  Bytes max_size;              ///< of the archive: exact if it is plain, else an upper bound
  Bytes fetch;                 ///< blobs that no archive has
  std::uint64_t requests = 0;  ///< for these, and for manifests that no archive has; the root counts twice
  report::ArtifactResolved summary;
};

/// Decides, row by row, what an archive stores and at which offset. Thread: control.
class Planner {
 public:
  /// Everything passed by reference must outlive the planner.
  Planner(const Options& options, const sync::FolderState& folder, plan::Dedup& dedup)
      : options_(options), dedup_(dedup), next_number_(folder.next_number()) {}

  /// Plans the archive of the next row. Call in list order. Throws Error(bad_input) if a lost archive would not get the
  /// content that it had; Error(usage) if it would have more than max_parts parts.
  Planned plan(std::uint64_t row, engine::Artifact artifact);
  /// The same, as an earlier process decided. Adds what the archive stores to the dedup set.
  Planned plan(std::uint64_t row, engine::Artifact artifact, Decision decision);

 private:
  Decision decide(const engine::Artifact& artifact) const;
  bool has(const oci::Descriptor& content) const;
  void require_few_parts(const Planned& planned) const;
  void count(Planned& planned) const;
  void add(PendingArchive& archive);
  std::optional<std::string> docker_manifest(const plan::Graph& graph) const;
  std::string partial_file(const std::string& name, const std::vector<plan::Segment>& segments) const;

  const Options& options_;
  plan::Dedup& dedup_;
  std::uint64_t next_number_;
  std::optional<plan::Dedup::Archive> first_ = {};  ///< the first that this planner planned
};

}  // namespace acedt::serialize
