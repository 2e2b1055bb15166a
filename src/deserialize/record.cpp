// The reference takes a file for pushed by its name alone. Here, a row counts only for the repository that it names, so
// that one folder can be pushed to several repositories.

#include "deserialize/record.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <optional>

#include "acedt/base/error.hpp"
#include "acedt/sync/csv.hpp"

namespace acedt::deserialize {
namespace {

constexpr std::size_t columns = 3;

/// Parses `artifact`, which is REGISTRY/REPOSITORY:TAG; returns nullopt if it is not a reference.
std::optional<oci::Reference> parsed(std::string_view artifact) {
  try {
    return oci::Reference::parse(artifact);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

Record Record::parse(std::string_view text, std::string_view file) {
  Record record;
  sync::CsvReader reader(text, file, {.comments = sync::Comments::whole_lines});
  while (auto row = reader.next()) {
    const bool is_header = row->fields.front() == "filename" && record.rows_.empty();
    if (is_header) continue;
    if (row->fields.size() != columns)
      record.warnings_.push_back(
          std::string(file) + ":" + std::to_string(row->line) + ": got " + std::to_string(row->fields.size()) +
          " fields, want 3 (filename, artifact, timestamp); the ace-dt written in Go refuses such a record");
    if (row->fields.size() < 2) row->fields.resize(2);
    record.rows_.push_back({std::move(row->fields[0]), std::move(row->fields[1])});
  }
  if (!text.empty()) record.preamble_ = text.ends_with('\n') ? "" : "\n";
  return record;
}

std::set<std::string, std::less<>> Record::files_at(const oci::Reference& destination) const {
  std::set<std::string, std::less<>> files;
  for (const Row& row : rows_) {
    const auto artifact = parsed(row.artifact);
    if (artifact && artifact->registry == destination.registry && artifact->repository == destination.repository)
      files.insert(row.file);
  }
  return files;
}

std::map<std::string, std::string, std::less<>> Record::others_at(const oci::Reference& destination) const {
  std::map<std::string, std::string, std::less<>> others;
  for (const Row& row : rows_) {
    const auto artifact = parsed(row.artifact);
    if (artifact && artifact->registry == destination.registry && artifact->repository != destination.repository)
      others.insert_or_assign(row.file, artifact->repository);
  }
  return others;
}

std::string record_line(const Record::Row& row, std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  const auto nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(time - std::chrono::system_clock::from_time_t(seconds))
          .count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d %02d:%02d:%02d.%09lld +0000 UTC", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<long long>(nanoseconds));
  return sync::csv_line({row.file, row.artifact, text.data()});
}

}  // namespace acedt::deserialize
