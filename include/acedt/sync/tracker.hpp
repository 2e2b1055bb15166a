#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acedt::sync {

/// A row of the tracker: this archive was made of that artifact.
struct TrackerRow {
  std::string sync_name;  ///< "000001-tools.tar"
  std::string artifact;   ///< as the batch list had it
  std::string digest;     ///< of the root manifest; empty where the file has none
};

/// What was done so far, as record-keeping.csv says it: `sync_name,artifact,digest`.
class Tracker {
 public:
  /// Reads what this program or the reference wrote: with or without the header, with or without a final line end,
  /// names with '-' and '.'. Throws Error(bad_input) "FILE:LINE: …" on a row without artifact or whose sync_name is no
  /// archive name.
  static Tracker parse(std::string_view text, std::string_view file);

  /// Whether this name was made of exactly this artifact text.
  bool has(const std::string& name, const std::string& artifact) const { return done_.contains({name, artifact}); }
  /// The highest number of all rows; 0 where there is none.
  std::uint64_t highest() const noexcept { return highest_; }
  const std::vector<TrackerRow>& rows() const noexcept { return rows_; }
  /// What must be appended before rows can be: the missing line end, the missing header of an empty file, or nothing.
  const std::string& preamble() const noexcept { return preamble_; }

 private:
  std::vector<TrackerRow> rows_;
  std::set<std::pair<std::string, std::string>> done_;  // name, artifact
  std::uint64_t highest_ = 0;
  std::string preamble_;
};

/// `row` as a line of the tracker.
std::string tracker_line(const TrackerRow& row);

}  // namespace acedt::sync
