#include "acedt/sync/batch_list.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/reference.hpp"
#include "acedt/sync/csv.hpp"
#include "sync/file_line.hpp"

namespace acedt::sync {
namespace {

constexpr std::size_t longest_name = 200;  // a file name has 255 bytes, and number and extension need some
constexpr std::size_t longest_tag = 128;   // OCI distribution-spec v1.1, "Pulling manifests"
constexpr const char* example_row = "tools,ghcr.io/example/tools:v1";

bool is_artifact(const std::string& text) {
  try {
    oci::Reference::parse(text);
    return text.find('/') != std::string::npos;
  } catch (const Error&) {
    return false;
  }
}

void check_header(const CsvRecord& first, std::string_view file) {
  const std::string& field = first.fields[std::min<std::size_t>(1, first.fields.size() - 1)];
  if (is_artifact(field))
    throw Error(ErrorKind::usage,
                file_line(file, first.line) + ": the first line is no header but the artifact " + in_quotes(field))
        .hint("the first line must be a header such as \"name,artifact\"");
}

void check_name(const std::string& name) {
  const auto bad = [](const std::string& what, const char* advice) {
    throw Error(ErrorKind::usage, what).hint(advice);
  };
  const bool has_control = std::ranges::any_of(name, [](char c) { return is_control(c); });
  constexpr const char* file_advice = "the name becomes part of a file name, as in 000001-tools.tar";
  if (name.empty()) bad("the name is empty", example_row);
  if (name == "." || name == "..") bad("name " + in_quotes(name) + " is no file name", file_advice);
  if (name.find('/') != std::string::npos) bad("name " + in_quotes(name) + " has a '/' in it", file_advice);
  if (has_control) bad("name " + in_quotes(name) + " has a control character in it", file_advice);
  if (name.size() > longest_name)
    bad("name " + in_quotes(name) + " has " + std::to_string(name.size()) + " bytes, at most " +
            std::to_string(longest_name) + " are possible",
        file_advice);
}

BatchRow row_of(CsvRecord record) {
  if (record.fields.size() < 2)
    throw Error(ErrorKind::usage, "a row of one field, where a name and an artifact are needed");
  const std::string& name = record.fields[0];
  const std::string& artifact = record.fields[1];
  check_name(name);
  if (artifact.empty()) throw Error(ErrorKind::usage, "the artifact of " + in_quotes(name) + " is empty");
  oci::Reference::parse(artifact);  // not kept: a list may be very long
  return {.name = std::move(record.fields[0]), .artifact = std::move(record.fields[1]), .line = record.line};
}

/// Each name once, with its last row.
std::vector<BatchRow> last_of_each_name(std::vector<BatchRow> rows) {
  std::set<std::string_view> later;
  std::vector<BatchRow> kept;
  std::vector<bool> last(rows.size());
  for (std::size_t i = rows.size(); i-- > 0;) last[i] = later.insert(rows[i].name).second;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (last[i]) kept.push_back(std::move(rows[i]));
  return kept;
}

bool is_plain_name(std::string_view name) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  return name.size() <= longest_tag && name.find_first_not_of(plain) == std::string_view::npos;
}

}  // namespace

BatchList BatchList::parse(std::string_view text, std::string_view file) {
  std::vector<BatchRow> rows;
  bool is_first = true;
  parse_csv(text, file, Comments::anywhere, [&](CsvRecord record) {
    if (std::exchange(is_first, false)) return check_header(record, file);
    const std::size_t line = record.line;
    try {
      rows.push_back(row_of(std::move(record)));
    } catch (Error& error) {
      error.add(file_line(file, line)).hint(std::string("write each row as name,artifact: ") + example_row);
      throw;
    }
  });

  BatchList list{.rows = last_of_each_name(std::move(rows)), .warnings = {}};
  for (const BatchRow& row : list.rows)
    if (!is_plain_name(row.name))
      list.warnings.push_back(file_line(file, row.line) + ": name " + in_quotes(row.name) +
                              ": ace-dt mirror batch-deserialize needs 1 to 128 letters, digits or '_'");
  return list;
}

}  // namespace acedt::sync
