// A tracker may have 100 000s of rows. Rows are kept as written, with one index of 4 bytes per row, ordered by artifact
// and name; numbers and names are parsed from the file names when they are needed.

#include "acedt/sync/tracker.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/csv.hpp"

namespace acedt::sync {
namespace {

constexpr std::string_view header = "sync_name,artifact,digest\n";

bool is_header(const CsvRecord& record) {
  return equal_ignoring_case(record.fields.front(), "sync_name");
}

}  // namespace

Tracker Tracker::parse(std::string_view text, std::string_view file) {
  Tracker tracker;
  bool is_first = true;
  CsvReader reader(text, file, {.comments = Comments::whole_lines});
  while (std::optional<CsvRecord> record = reader.next()) {
    if (std::exchange(is_first, false) && is_header(*record)) continue;
    tracker.add(std::move(*record), file);
  }
  if (!text.empty() && !text.ends_with('\n')) tracker.preamble_ = "\n";
  if (is_first) tracker.preamble_ += header;

  tracker.by_artifact_.resize(tracker.rows_.size());
  std::iota(tracker.by_artifact_.begin(), tracker.by_artifact_.end(), 0);
  std::ranges::stable_sort(tracker.by_artifact_,
                           [&](std::uint32_t a, std::uint32_t b) { return tracker.is_before(a, b); });
  return tracker;
}

void Tracker::add(CsvRecord record, std::string_view file) {
  const std::string& sync_name = record.fields[0];
  const auto archive = ArchiveName::parse_tracked(sync_name);
  if (!archive)
    throw Error(ErrorKind::usage, in_quotes(sync_name) + " is not the name of an archive")
        .add(file_line(file, record.line))
        .hint(
            "correct or remove the line; a row looks like 000001-tools.tar,ghcr.io/example/tools:v1,sha256:…, with a "
            "number "
            "up to 999999999");
  if (record.fields.size() < 2 || record.fields[1].empty())
    throw Error(ErrorKind::usage, in_quotes(sync_name) + " has no artifact")
        .add(file_line(file, record.line))
        .hint("remove the line: the archive will be made again under a new number");
  record.fields.resize(3);  // the digest may be missing
  rows_.push_back({std::move(record.fields[0]), std::move(record.fields[1]), std::move(record.fields[2])});
  highest_ = std::max(highest_, archive->number);
}

bool Tracker::is_before(std::uint32_t a, std::uint32_t b) const {
  const int order = artifact(a).compare(artifact(b));
  if (order != 0) return order < 0;
  const ArchiveName of_a = archive(a);
  const ArchiveName of_b = archive(b);
  return of_a.name != of_b.name ? of_a.name < of_b.name : of_a.number > of_b.number;
}

/// Returns where the rows with this name and artifact begin in by_artifact_, or would.
std::vector<std::uint32_t>::const_iterator Tracker::first_of(std::string_view name, std::string_view artifact) const {
  return std::ranges::partition_point(by_artifact_, [&](std::uint32_t row) {
    const int order = this->artifact(row).compare(artifact);
    return order != 0 ? order < 0 : archive(row).name < name;
  });
}

bool Tracker::is(std::uint32_t row, std::string_view name, std::string_view artifact) const {
  return this->artifact(row) == artifact && archive(row).name == name;
}

const TrackerRow* Tracker::find(std::string_view name, std::string_view artifact) const {
  const auto found = first_of(name, artifact);
  return found != by_artifact_.end() && is(*found, name, artifact) ? &rows_[*found] : nullptr;
}

std::vector<const TrackerRow*> Tracker::find_same(std::string_view name, std::string_view artifact) const {
  std::vector<const TrackerRow*> same;
  for (auto row = first_of(name, artifact); row != by_artifact_.end() && is(*row, name, artifact); ++row)
    if (same.empty() || (!rows_[*row].digest.empty() && rows_[*row].digest == same.front()->digest))
      same.push_back(&rows_[*row]);
  return same;
}

std::set<std::string_view> Tracker::sync_names() const {
  std::set<std::string_view> names;
  for (const TrackerRow& row : rows_) names.insert(row.sync_name);
  return names;
}

ArchiveName Tracker::archive(std::uint32_t row) const {
  return *ArchiveName::parse_tracked(rows_[row].sync_name);
}

std::string tracker_line(const TrackerRow& row) {
  return csv_line({row.sync_name, row.artifact, row.digest});
}

}  // namespace acedt::sync
