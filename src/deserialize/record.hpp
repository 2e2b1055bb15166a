#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/oci/reference.hpp"

namespace acedt::deserialize {

/// The record of what was pushed, successful-syncs.csv, which the reference reads and writes as well. Columns:
/// `filename,artifact,timestamp`; `artifact` is DESTINATION:TAG.
class Record {
 public:
  struct Row {
    std::string file;      ///< "000001-tools.tar"
    std::string artifact;  ///< "registry.example/mirror:tools"
  };

  Record() = default;
  /// Parses the text of the file. A row with fewer or more fields counts by its first two, with a warning: the
  /// reference appends a row to a line that has no newline. `file` is the name for messages. Throws Error(usage)
  /// "FILE:LINE: …" if the CSV is malformed.
  static Record parse(std::string_view text, std::string_view file);

  /// Returns the files that were pushed to the repository of `destination`, under any tag.
  std::set<std::string, std::less<>> files_at(const oci::Reference& destination) const;
  /// Returns, by file, the last other repository of the destination's registry that the file was pushed to.
  std::map<std::string, std::string, std::less<>> others_at(const oci::Reference& destination) const;
  const std::vector<Row>& rows() const noexcept { return rows_; }
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// Returns the text to append before new rows: a missing final newline, the header for an empty file, or nothing.
  const std::string& preamble() const noexcept { return preamble_; }

 private:
  std::vector<Row> rows_;
  std::vector<std::string> warnings_;
  std::string preamble_ = "filename,artifact,timestamp\n";
};

/// Returns a line of the record, with its newline. The time is in the format that Go prints.
std::string record_line(const Record::Row& row, std::chrono::system_clock::time_point time);

}  // namespace acedt::deserialize
