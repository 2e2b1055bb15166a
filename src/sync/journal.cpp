#include "sync/journal.hpp"

#include <algorithm>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "sync/scan.hpp"

namespace acedt::sync {
namespace {

constexpr std::string_view any_version = "ace-dt commit ";
constexpr std::string_view header = "ace-dt commit 2\n";
constexpr std::string_view end_marker = "end\n";

std::optional<std::vector<TrackerRow>> rows_in(std::string_view text, std::string_view file) {
  try {
    return Tracker::parse(text, file).rows();
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::string tracker_lines(const std::vector<TrackerRow>& rows) {
  std::string lines;
  for (const TrackerRow& row : rows) lines += tracker_line(row);
  return lines;
}

bool is_tracker_filename(std::string_view name) {
  const auto fits = [](char c) { return !is_control(c) && c != '/'; };
  return name.ends_with(".csv") && std::ranges::all_of(name, fits);
}

std::string journal_text(const Journal& journal) {
  const std::string rows = tracker_lines(journal.rows);
  const auto extent = [](Bytes before, const std::string& lines) {
    return std::to_string(before.count) + ' ' + std::to_string(lines.size());
  };
  std::string text(header);
  text.append("ledger ").append(extent(journal.ledger_size, journal.ledger_lines)).append("\n");
  text.append("tracker ").append(extent(journal.tracker_size, rows)).append(" ");
  text.append(journal.tracker_filename).append("\n");
  text.append(journal.ledger_lines).append(rows);
  for (const std::string& file : journal.partial) text.append(file).append("\n");
  text.append(end_marker);
  return text;
}

std::optional<Journal> parse_journal(std::string_view text, std::string_view file) {
  if (!take(text, header)) {
    const auto first_line = take_until(text, '\n');
    if (first_line && first_line->starts_with(any_version))
      throw Error(ErrorKind::bad_input, std::string(file) + ": version " +
                                            in_quotes(first_line->substr(any_version.size())) +
                                            " of the journal is not known, only 2 is")
          .hint("let the ace-dt that wrote it finish its commit");
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
  if (!rows) return std::nullopt;
  Journal journal{.ledger_size = {*ledger_size},
                  .ledger_lines = std::string(text.substr(0, *ledger_length)),
                  .tracker_size = {*tracker_size},
                  .tracker_filename = std::string(*tracker),
                  .rows = *std::move(rows)};
  text.remove_prefix(*ledger_length + *rows_length);
  for (auto name = take_until(text, '\n'); name; name = take_until(text, '\n')) {
    if (name->empty() || name->find('/') != std::string_view::npos) return std::nullopt;
    journal.partial.emplace_back(*name);
  }
  if (!text.empty() || journal.partial.size() != journal.rows.size()) return std::nullopt;
  return journal;
}

}  // namespace acedt::sync
