// A list is made by hand or by a spreadsheet, and a row that is silently lost is noticed on the other side of the air
// gap. So whatever may not be meant as it reads is an error or a warning, with its line and a remedy: a first artifact
// in place of the header, a column of row numbers, invisible characters, a quote that swallows the rows after it.

#include "acedt/sync/batch_list.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/reference.hpp"
#include "sync/file_line.hpp"
#include "sync/list_text.hpp"

namespace acedt::sync {
namespace {

constexpr std::size_t max_name = 200;  // a file name has at most 255 bytes, with number and extension
constexpr std::size_t max_tag = 128;   // OCI distribution-spec v1.1, "Pulling manifests"
constexpr const char* example_row = "write each row as name,artifact: tools,ghcr.io/example/tools:v1";

bool is_reference(std::string_view text) {
  try {
    oci::Reference::parse(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Returns true if `text` is surely an artifact. A single word may be a reference, but is more likely a column's name.
bool is_artifact(std::string_view text) {
  return text.find_first_of("/:@") != std::string_view::npos && is_reference(text);
}

/// Returns true for a form that no ordinary sentence contains.
bool is_full_reference(std::string_view text) {
  return text.find('/') != std::string_view::npos && text.find_first_of(":@") != std::string_view::npos &&
         is_reference(text);
}

bool is_artifact_column(const std::string& title) {
  return equal_ignoring_case(title, "artifact");
}

bool is_blank(const CsvRecord& record) {
  return std::ranges::all_of(record.fields, &std::string::empty);
}

void check_name(const std::string& name) {
  const auto bad = [](const std::string& what, const char* advice) {
    throw Error(ErrorKind::usage, what).hint(advice);
  };
  constexpr const char* file_advice = "the name becomes part of a file name, as in 000001-tools.tar";
  if (name.empty()) bad("the name is empty", example_row);
  if (name == "." || name == "..") bad("name " + in_quotes(name) + " is no file name", file_advice);
  if (name.find('/') != std::string::npos) bad("name " + in_quotes(name) + " has a '/' in it", file_advice);
  check_characters(name, "name");
  if (name.size() > max_name)
    bad("name " + in_quotes(name) + " has " + std::to_string(name.size()) + " bytes, at most " +
            std::to_string(max_name) + " are possible",
        file_advice);
}

bool is_plain_name(std::string_view name) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  return name.size() <= max_tag && name.find_first_not_of(plain) == std::string_view::npos;
}

/// Reads one list.
class Parser {
 public:
  Parser(std::string_view text, std::string_view file) : file_(file), source_(text, file) {}

  BatchList parse() {
    CsvReader reader(source_.text(), file_, source_.style());
    while (std::optional<CsvRecord> record = reader.next()) {
      if (is_blank(*record)) continue;
      const std::size_t line = record->line;
      try {
        if (header_.empty())
          take_header(std::move(*record));
        else
          take_row(std::move(*record));
      } catch (Error& error) {
        error.add(file_line(file_, line)).hint(example_row);
        throw;
      }
    }
    if (list_.rows.empty()) check_that_nothing_is_meant();
    drop_earlier_rows_of_a_name();
    for (const BatchRow& row : list_.rows)
      if (!is_plain_name(row.name))
        warn(row.line,
             "name " + in_quotes(row.name) + ": ace-dt mirror batch-deserialize needs 1 to 128 letters, digits or '_'");
    return std::move(list_);
  }

 private:
  void warn(std::size_t line, const std::string& what) {
    list_.warnings.push_back(file_line(file_, line) + ": " + what);
  }

  void take_header(CsvRecord record) {
    header_line_ = record.line;
    header_ = std::move(record.fields);
    const std::string& second = header_[std::min<std::size_t>(1, header_.size() - 1)];
    if (is_artifact(second))
      throw Error(ErrorKind::usage, "the first line is no header but the artifact " + in_quotes(second))
          .hint("the first line must be a header such as \"name,artifact\"");
    const auto column = std::ranges::find_if(header_, is_artifact_column) - header_.begin();
    if (!is_artifact_column(second) && static_cast<std::size_t>(column) < header_.size())
      throw Error(ErrorKind::usage, "column " + std::to_string(column + 1) + " is called artifact")
          .hint("make name the first column and artifact the second, without a column of row numbers before them");
    if (!is_artifact_column(second) && is_reference(second))
      warn(header_line_, "the first line counts as a header, though " + in_quotes(second) +
                             " may be an artifact: call the second column artifact");
    refuse_swallowed_rows(header_, 0);
  }

  void take_row(CsvRecord record) {
    if (record.fields.size() < 2)
      throw Error(ErrorKind::usage, "a row of one field, where a name and an artifact are needed");
    if (record.fields == header_)
      throw Error(ErrorKind::usage, "the header occurs again").hint("remove this line: a list has one header");
    std::string& name = record.fields[0];
    std::string& artifact = record.fields[1];
    check_name(name);
    if (artifact.empty()) throw Error(ErrorKind::usage, "the artifact of " + in_quotes(name) + " is empty");
    check_characters(artifact, "artifact");
    oci::Reference::parse(artifact);  // only checked, not kept: a list may be very long
    refuse_swallowed_rows(record.fields, 2);
    list_.rows.push_back({.name = std::move(name), .artifact = std::move(artifact), .line = record.line});
  }

  /// Throws if a field contains a row: after a quote that was never closed, all rows up to the next quote are one
  /// field.
  void refuse_swallowed_rows(const std::vector<std::string>& fields, std::size_t from) const {
    for (std::size_t i = from; i < fields.size(); ++i) {
      std::vector<std::string_view> lines = split(fields[i], '\n');
      if (lines.size() == 1) continue;
      for (const std::string_view line : lines) {
        const auto columns = split(line, source_.style().separator);
        if (columns.size() > 1 && is_full_reference(trim(columns[1])))
          throw Error(ErrorKind::usage, "a quoted field has the row " + in_quotes(line) + " in it")
              .hint("close the quote on the line where it is opened");
      }
    }
  }

  void check_that_nothing_is_meant() {
    if (header_.empty())
      throw Error(ErrorKind::usage, std::string(file_) + ": the list is empty")
          .hint("a list begins with the header \"name,artifact\"; one without rows needs it, too");
    if (header_.size() < 2)
      throw Error(ErrorKind::usage, file_line(file_, header_line_) + ": one column, and no rows")
          .hint("a list begins with the header \"name,artifact\"; one without rows needs it, too");
    warn(header_line_, "a header without rows: there is nothing to do");
  }

  void drop_earlier_rows_of_a_name() {
    std::vector<BatchRow> all = std::exchange(list_.rows, {});
    std::map<std::string_view, std::size_t> last;  // index of the last row of each name
    for (std::size_t i = 0; i < all.size(); ++i) last[all[i].name] = i;
    std::vector<std::size_t> kept(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) kept[i] = last[all[i].name];
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (kept[i] == i) {
        list_.rows.push_back(std::move(all[i]));
        continue;
      }
      const std::size_t kept_line = all[kept[i]].line;
      warn(all[i].line, "row dropped: name " + in_quotes(all[i].name) + " occurs again on line " +
                            std::to_string(kept_line) + ", and the last one counts");
      list_.dropped.push_back({.row = std::move(all[i]), .kept_line = kept_line});
    }
  }

  std::string_view file_;
  ListText source_;
  BatchList list_;
  std::vector<std::string> header_;
  std::size_t header_line_ = 0;
};

}  // namespace

BatchList BatchList::parse(std::string_view text, std::string_view file) {
  return Parser(text, file).parse();
}

}  // namespace acedt::sync
