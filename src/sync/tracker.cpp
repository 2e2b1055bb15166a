#include "acedt/sync/tracker.hpp"

#include <algorithm>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/csv.hpp"
#include "sync/file_line.hpp"

namespace acedt::sync {
namespace {

constexpr std::string_view header = "sync_name,artifact,digest\n";

bool is_header(const CsvRecord& record) {
  return equal_ignoring_case(record.fields.front(), "sync_name");
}

}  // namespace

Tracker Tracker::parse(std::string_view text, std::string_view file) {
  const std::vector<CsvRecord> records = parse_csv(text, file, Comments::whole_lines);
  Tracker tracker;
  if (!text.empty() && !text.ends_with('\n')) tracker.preamble_ = "\n";
  if (records.empty()) tracker.preamble_ += header;

  for (const CsvRecord& record : records) {
    if (&record == &records.front() && is_header(record)) continue;
    const std::string& sync_name = record.fields[0];
    const auto archive = ArchiveName::parse(sync_name);
    if (!archive)
      throw Error(ErrorKind::bad_input,
                  file_line(file, record.line) + ": " + quoted(sync_name) + " is no name of an archive")
          .hint("mend or remove the line; a row is like 000001-tools.tar,ghcr.io/example/tools:v1,sha256:…");
    if (record.fields.size() < 2 || record.fields[1].empty())
      throw Error(ErrorKind::bad_input, file_line(file, record.line) + ": " + quoted(sync_name) + " has no artifact")
          .hint("remove the line, and the archive will be made again under a new number");
    const std::string& artifact = record.fields[1];
    tracker.rows_.push_back({sync_name, artifact, record.fields.size() > 2 ? record.fields[2] : ""});
    tracker.done_.emplace(archive->name, artifact);
    tracker.highest_ = std::max(tracker.highest_, archive->number);
  }
  return tracker;
}

std::string tracker_line(const TrackerRow& row) {
  return csv_line({row.sync_name, row.artifact, row.digest});
}

}  // namespace acedt::sync
