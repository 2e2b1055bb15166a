#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/sync/csv.hpp"

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

  /// The first row of this name, made of exactly this artifact text; null where there is none.
  const TrackerRow* find(std::string_view name, std::string_view artifact) const;
  bool has(std::string_view name, std::string_view artifact) const { return find(name, artifact) != nullptr; }
  /// The highest number of all rows; 0 where there is none.
  std::uint64_t highest() const noexcept { return highest_; }
  const std::vector<TrackerRow>& rows() const noexcept { return rows_; }
  /// What must be appended before rows can be: the missing line end, the missing header of an empty file, or nothing.
  const std::string& preamble() const noexcept { return preamble_; }

 private:
  void add(CsvRecord record, std::string_view file);
  std::string_view artifact(std::uint32_t row) const { return rows_[row].artifact; }
  std::string name(std::uint32_t row) const;  // parsed anew: a tracker may be very long

  std::vector<TrackerRow> rows_;
  std::vector<std::uint32_t> by_artifact_;  // numbers of rows, in the order of artifact and name
  std::uint64_t highest_ = 0;
  std::string preamble_;
};

/// `row` as a line of the tracker.
std::string tracker_line(const TrackerRow& row);

}  // namespace acedt::sync
