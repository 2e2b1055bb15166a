// One table for three formats: each row becomes the same cells or members. The texts come from registries, so the
// table, which goes to a terminal, shows no control characters.

#include "acedt/list/list.hpp"

#include <algorithm>
#include <array>

#include "acedt/archive/scan.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/inventory.hpp"
#include "acedt/sync/csv.hpp"
#include "acedt/sync/folder_view.hpp"

namespace acedt::list {
namespace {

using Cells = std::vector<std::string>;

const Cells columns = {"number", "name", "archive", "reference", "digest", "size", "tracked", "needs"};

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : between).append(word);
  return text;
}

/// Returns the cells of `row`; `size` formats a size.
template <class Size>
Cells cells_of(const Row& row, Size size) {
  return {std::to_string(row.number),
          row.name,
          row.archive,
          row.reference,
          row.digest,
          row.size ? size(*row.size) : "",
          row.is_tracked ? "yes" : "no",
          joined(row.needs, " ")};
}

std::string table(const std::vector<Row>& rows) {
  std::vector<Cells> lines = {columns};
  for (const Row& row : rows) {
    Cells cells = cells_of(row, [](Bytes size) { return human(size); });
    for (std::string& cell : cells) cell = cell.empty() ? "-" : json_printable(cell);
    lines.push_back(std::move(cells));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const Cells& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string text;
  for (const Cells& line : lines) {
    for (std::size_t i = 0; i + 1 < line.size(); ++i)
      text += line[i] + std::string(widths[i] - line[i].size() + 2, ' ');
    text += line.back() + '\n';
  }
  return text;
}

std::string csv(const std::vector<Row>& rows) {
  std::string text = sync::csv_line(columns);
  for (const Row& row : rows)
    text += sync::csv_line(cells_of(row, [](Bytes size) { return std::to_string(size.count); }));
  return text;
}

std::string json_string(std::string_view text) {
  return '"' + json_escaped(text) + '"';
}

std::string json(const std::vector<Row>& rows) {
  std::string text = "[";
  for (const Row& row : rows) {
    std::vector<std::string> needs;
    for (const std::string& archive : row.needs) needs.push_back(json_string(archive));
    text += &row == &rows.front() ? "\n  {" : ",\n  {";
    text += "\"number\": " + std::to_string(row.number) + ", \"name\": " + json_string(row.name) +
            ", \"archive\": " + json_string(row.archive) + ", \"reference\": " + json_string(row.reference) +
            ", \"digest\": " + json_string(row.digest) +
            ", \"size\": " + (row.size ? std::to_string(row.size->count) : "null") +
            ", \"tracked\": " + (row.is_tracked ? "true" : "false") + ", \"needs\": [" + joined(needs, ", ") + "]}";
  }
  return text + (rows.empty() ? "]\n" : "\n]\n");
}

}  // namespace

std::vector<Row> rows_of(const std::filesystem::path& directory, const std::string& tracker_filename,
                         const Disk& disk) {
  const sync::FolderView folder = sync::FolderView::read(directory, tracker_filename, disk);
  std::vector<Row> rows;
  for (const sync::KnownArchive& archive : folder.archives()) {
    std::optional<sync::Origin> origin = archive.origin;
    if (!origin && archive.size) origin = engine::origin_in(archive::read_index(folder.path_of(archive), disk));
    Row row{.number = archive.name.number,
            .name = archive.name.name,
            .archive = archive.file,
            .size = archive.size,
            .is_tracked = archive.row.has_value(),
            .problems = archive.problems};
    if (origin) {
      row.reference = origin->artifact;
      row.digest = origin->digest;
      row.needs = origin->needs;
    }
    if (archive.row) row.reference = archive.row->artifact;
    if (archive.row && !archive.row->digest.empty()) row.digest = archive.row->digest;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string text_of(const std::vector<Row>& rows, Format format) {
  if (format == Format::csv) return csv(rows);
  return format == Format::json ? json(rows) : table(rows);
}

}  // namespace acedt::list
