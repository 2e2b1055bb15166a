#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/base/file.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/serialize/plan.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/folder_mark.hpp"
#include "serialize/planner.hpp"

namespace acedt::serialize {

/// A plan, opened once, so that all passes over it read the same even if another plan replaces it meanwhile.
using PlanFile = std::shared_ptr<const File>;
/// Throws Error(storage).
PlanFile open_plan(const std::filesystem::path& path, const Disk& disk = Disk::real());

/// A plan file is text, in zstd frames:
///
///     ace-dt plan 2
///     version VERSION
///     list FILE
///     tracker FILE SIZE DIGEST
///     ledger SIZE DIGEST
///     archives COMPRESSION LEVEL DEDUP RECURSIVE MANIFEST-JSON
///     split SIZE, 0 if archives are not divided
///     platform OS ARCHITECTURE VARIANT
///     platforms PLATFORMS
///     shards N
///     row STATE LINE FETCH SHARED SIZE REQUESTS LENGTH NAME ARTIFACT FILE DIGEST PROBLEM
///     LENGTH bytes, a graph, and a line end
///     …
///     digest DIGEST
///
/// VERSION to PLATFORMS and NAME to PROBLEM are JSON strings; PLATFORMS is empty unless indexes are filtered. N is 0 if
/// the plan is for any number of shards. The last line has the digest of the text before it, which identifies the plan.
/// Only rows to do have a graph:
///
///     root LENGTH, and an index.json with the descriptor of the root
///     stored 1101…, a digit for each entry: whether the archive has it
///     needs FILE, for each archive that has what it leaves out
///     manifest DIGEST MEDIA-TYPE LENGTH, and the manifest
///     absent DIGEST, of a manifest that the registry lacks
///     referrers FLAGS LENGTH, and an index.json with the referrers of the manifest before; a flag for each:
///       whether its subject must be that manifest
struct PlanText {
  PlanHead head;
  FolderMark mark;
};

/// Writes a plan to PLAN.new, and renames it at the end. Removes PLAN.new if it was not finished.
class PlanWriter {
 public:
  /// Follows symbolic links. Throws Error(usage) if `path` is something other than a file; Error(storage) or
  /// Error(no_space).
  PlanWriter(const std::filesystem::path& path, const PlanText& text, const Disk& disk);
  PlanWriter(const PlanWriter&) = delete;
  PlanWriter& operator=(const PlanWriter&) = delete;
  ~PlanWriter();

  /// Adds a row. `planned` is null unless the row is to do. Throws Error(storage) or Error(no_space).
  void add(const PlanRow& row, const Planned* planned);
  void finish();

 private:
  void write(std::string_view text);
  void flush();

  std::filesystem::path path_;
  const Disk& disk_;
  File file_;
  Bytes end_;
  std::string text_;  // not yet compressed
  codec::FrameEncoder encoder_;
  codec::Hasher hasher_;
  bool is_finished_ = false;
};

/// Reads a plan row by row. Blocks on the disk. Throws Error(corrupt) if it is damaged, Error(usage) if it is one of
/// another version, Error(storage) if it cannot be read.
class PlanReader {
 public:
  explicit PlanReader(PlanFile file);

  const PlanText& head() const noexcept { return head_; }
  /// Returns the next row; unset after the last one, when the whole plan was read and its digest is right.
  std::optional<PlanRow> next();
  /// Returns the length of the graph of the row that next() returned, and the graph, once.
  Bytes graph_size() const noexcept { return graph_size_; }
  std::string graph();
  /// Returns the digest of the plan. Call after next() returned unset.
  const oci::Digest& digest() const { return *digest_; }

 private:
  template <class Read>
  auto named(Read read);
  PlanText read_head();
  std::optional<PlanRow> read_row();
  std::string line();
  std::string take(std::size_t size);
  bool fill();

  PlanFile file_;
  Bytes at_;
  std::string input_;  // compressed, not yet decoded
  std::string text_;   // decoded, from `used_` on not yet returned
  std::size_t used_ = 0;
  codec::Decoder decoder_;
  codec::Hasher hasher_;
  PlanText head_;
  Bytes graph_size_;
  std::optional<oci::Digest> digest_;
};

/// Reads a plan to its end. Returns its digest. Throws as PlanReader.
oci::Digest each_in_plan(PlanFile plan, const OnPlanRow& on_row);

/// The same, and throws Error(usage) unless the folder is as it was when the plan was made, but for rows of the plan.
oci::Digest require_fit(const PlanFile& plan, const sync::FolderState& folder, const OnPlanRow& on_row);

/// Returns the graph of a planned archive as text.
std::string graph_text(const Planned& planned);

/// A graph, read back.
struct PlannedGraph {
  oci::Descriptor root;
  plan::Nodes nodes;
  plan::Graph graph;
  Decision decision;  ///< without the file name
};
/// Parses what graph_text() returned, and verifies every manifest. `platforms`: those of the plan. Throws
/// Error(corrupt) or Error(bad_input).
PlannedGraph parse_graph(std::string_view text, const oci::PlatformFilter& platforms = {});

}  // namespace acedt::serialize
