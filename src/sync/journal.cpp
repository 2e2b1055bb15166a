// A journal is written whole, to a file of its own that is then renamed, so a torn one means that the commit never
// started. It has the bytes to append and the sizes before, so a commit that was cut at any byte can be repeated:
// ledger and tracker are truncated to the old sizes and appended to again.

#include "sync/journal.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/files.hpp"

namespace acedt::sync {
namespace {

constexpr std::string_view any_version = "ace-dt commit ";
constexpr std::string_view header = "ace-dt commit 4\n";
constexpr std::string_view header_without_parts = "ace-dt commit 3\n";
constexpr std::string_view header_without_replacing = "ace-dt commit 2\n";
constexpr std::string_view in_parts = "parts ";
constexpr std::string_view replacing = "replace ";
constexpr std::string_view end_marker = "end\n";

std::optional<std::vector<TrackerRow>> rows_in(std::string_view text, std::string_view file) {
  try {
    return Tracker::parse(text, file).rows();
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Returns the archives of a journal: `ledger` has their entries, `partial` a line with the file of each. Unset if an
/// entry is not complete, or if their numbers differ.
std::optional<std::vector<Journal::Archive>> archives_in(std::string_view ledger, std::string_view partial) {
  LedgerParser parser("");
  parser.feed(ledger_header);
  parser.feed(ledger);
  std::vector<Journal::Archive> archives;
  for (auto entry = parser.next(); entry; entry = parser.next()) {
    auto file = take_until(partial, '\n');
    const auto parts = file && take(*file, in_parts) ? take_number(*file) : std::optional<std::uint64_t>(0);
    if (!parts || *parts == 1 || *parts > max_parts) return std::nullopt;
    const bool replaces = file && take(*file, replacing);
    if (!file || file->empty() || file->find('/') != std::string_view::npos) return std::nullopt;
    if (!ArchiveName::parse(entry->archive)) return std::nullopt;
    archives.push_back({*std::move(entry), std::string(*file), replaces, static_cast<unsigned>(*parts)});
  }
  const bool is_whole = partial.empty() && parser.whole() == Bytes{ledger_header.size() + ledger.size()};
  return is_whole ? std::optional(std::move(archives)) : std::nullopt;
}

}  // namespace

std::string ledger_lines(const Journal& journal) {
  std::string lines;
  for (const Journal::Archive& archive : journal.archives) lines += ledger_lines(archive.stored);
  return lines;
}

std::string tracker_lines(const Journal& journal) {
  std::string lines;
  for (const TrackerRow& row : journal.rows) lines += tracker_line(row);
  return lines;
}

void keep_first(Journal& journal, std::size_t count) {
  journal.archives.resize(count);
  const auto is_kept = [&](const TrackerRow& row) {
    return std::ranges::any_of(journal.archives, [&](const auto& one) { return one.stored.archive == row.sync_name; });
  };
  std::erase_if(journal.rows, std::not_fn(is_kept));
}

bool is_tracker_filename(std::string_view name) {
  if (std::ranges::any_of(name, [](char c) { return is_control(c); }) ||
      ArchiveName::parse(archive_of(std::string(name))))
    return false;
  const auto leads_elsewhere = [](std::string_view part) { return part.empty() || part == "." || part == ".."; };
  const auto parts = split(name, '/');
  return parts.front() != ".ace-dt" && std::ranges::none_of(parts, leads_elsewhere);
}

std::string journal_text(const Journal& journal) {
  const std::string of_ledger = ledger_lines(journal);
  const std::string of_tracker = tracker_lines(journal);
  const auto extent = [](Bytes before, const std::string& lines) {
    return std::to_string(before.count) + ' ' + std::to_string(lines.size());
  };
  std::string text(header);
  text.append("ledger ").append(extent(journal.ledger_size, of_ledger)).append("\n");
  text.append("tracker ").append(extent(journal.tracker_size, of_tracker)).append(" ");
  text.append(journal.tracker_filename).append("\n");
  text.append(of_ledger).append(of_tracker);
  for (const Journal::Archive& archive : journal.archives) {
    if (archive.parts > 0) text.append(in_parts).append(std::to_string(archive.parts)).append(" ");
    text.append(archive.replaces ? replacing : "").append(archive.partial).append("\n");
  }
  text.append(end_marker);
  return text;
}

std::optional<Journal> parse_journal(std::string_view text, std::string_view file) {
  if (!take(text, header) && !take(text, header_without_parts) && !take(text, header_without_replacing)) {
    const auto first_line = take_until(text, '\n');
    if (first_line && first_line->starts_with(any_version))
      throw Error(ErrorKind::bad_input, std::string(file) + ": version " +
                                            in_quotes(first_line->substr(any_version.size())) +
                                            " of the journal is unknown: only 2, 3 and 4 are known")
          .hint("finish the commit with the version of ace-dt that wrote it");
    return std::nullopt;
  }
  auto ledger = take_until(text, '\n');
  auto tracker = take_until(text, '\n');
  if (!ledger || !take(*ledger, "ledger ") || !tracker || !take(*tracker, "tracker ")) return std::nullopt;
  const auto ledger_size = take_number(*ledger);
  const auto ledger_length = to_number(*ledger);
  const auto tracker_size = take_number(*tracker);
  const auto rows_length = take_number(*tracker);
  if (!ledger_size || !ledger_length || !tracker_size || !rows_length || !is_tracker_filename(*tracker))
    return std::nullopt;

  if (!text.ends_with(end_marker)) return std::nullopt;
  text.remove_suffix(end_marker.size());
  if (*ledger_length > text.size() || *rows_length > text.size() - *ledger_length) return std::nullopt;
  auto rows = rows_in(text.substr(*ledger_length, *rows_length), file);
  auto archives = archives_in(text.substr(0, *ledger_length), text.substr(*ledger_length + *rows_length));
  if (!rows || !archives) return std::nullopt;
  return Journal{.ledger_size = {*ledger_size},
                 .tracker_size = {*tracker_size},
                 .tracker_filename = std::string(*tracker),
                 .rows = *std::move(rows),
                 .archives = *std::move(archives)};
}

}  // namespace acedt::sync
