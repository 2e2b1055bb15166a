#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/csv.hpp"

namespace acedt::sync {

/// A row of the tracker: this archive was made from that artifact.
struct TrackerRow {
  std::string sync_name;  ///< "000001-tools.tar"
  std::string artifact;   ///< as in the batch list
  std::string digest;     ///< of the root manifest; empty if the file has none
};

/// The tracker, record-keeping.csv: what was mirrored so far. Columns: `sync_name,artifact,digest`.
class Tracker {
 public:
  /// Parses what this program or the reference wrote: with or without header, with or without a final newline, names
  /// with '-' and '.'. `file` is the name for messages. Throws Error(usage) "FILE:LINE: …" if a row has no artifact, if
  /// its sync_name is not an archive name, or if the CSV is malformed.
  static Tracker parse(std::string_view text, std::string_view file);

  /// Returns the row with this name and exactly this artifact text; of several, the one of the archive with the highest
  /// number. Null if there is none. Takes O(log n).
  const TrackerRow* find(std::string_view name, std::string_view artifact) const;
  /// Returns all rows with this name and artifact, and with the digest of the one that find() returns; that one first.
  std::vector<const TrackerRow*> find_same(std::string_view name, std::string_view artifact) const;
  bool has(std::string_view name, std::string_view artifact) const { return find(name, artifact) != nullptr; }
  /// Returns the highest number of all rows; 0 if there is none.
  std::uint64_t highest() const noexcept { return highest_; }
  const std::vector<TrackerRow>& rows() const noexcept { return rows_; }
  /// Returns the names of all archives. They point into this.
  std::set<std::string_view> sync_names() const;
  /// Returns what to append before new rows: a missing final newline, the header of an empty file, or an empty text.
  const std::string& preamble() const noexcept { return preamble_; }

 private:
  void add(CsvRecord record, std::string_view file);
  std::string_view artifact(std::uint32_t row) const { return rows_[row].artifact; }
  bool is_before(std::uint32_t a, std::uint32_t b) const;
  std::vector<std::uint32_t>::const_iterator first_of(std::string_view name, std::string_view artifact) const;
  bool is(std::uint32_t row, std::string_view name, std::string_view artifact) const;
  ArchiveName archive(std::uint32_t row) const;  // parsed on demand, as a tracker may be very long

  std::vector<TrackerRow> rows_;
  std::vector<std::uint32_t> by_artifact_;  // indexes of rows, ordered by artifact, name, and number from high to low
  std::uint64_t highest_ = 0;
  std::string preamble_;
};

/// Returns `row` as a line of the tracker, with its newline.
std::string tracker_line(const TrackerRow& row);

}  // namespace acedt::sync
