// One row is one line in both formats. The texts come from registries and lists, so the table, which goes to a
// terminal, shows no control characters.

#include "acedt/serialize/plan_text.hpp"

#include <array>
#include <chrono>
#include <string_view>

#include "acedt/base/text.hpp"

namespace acedt::serialize {
namespace {

constexpr std::array states = {"todo", "rebuild", "done", "failed"};

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::string json_text(std::string_view text) {
  return '"' + json_escaped(text) + '"';
}

std::string table_row(const PlanRow& row) {
  const bool is_todo = row.state == PlanRow::State::todo || row.state == PlanRow::State::rebuilt;
  const auto figure = [&](const std::string& text) { return is_todo ? text : std::string("-"); };
  std::string line = std::string(states.at(static_cast<std::size_t>(row.state)));
  line.resize(8, ' ');
  line += padded(figure(human(row.fetch)), 9) + padded(figure(human(row.shared)), 9) +
          padded(figure(human(row.size)), 9) + padded(figure(std::to_string(row.requests)), 10) + "  ";
  line += printable(row.archive.empty() ? row.name : row.archive);
  if (row.parts > 1) line += " in " + std::to_string(row.parts) + " parts";
  line += "  " + printable(row.artifact);
  if (!row.digest.empty()) line += "  " + printable(row.digest);
  if (!row.problem.empty()) line += "  " + printable(row.problem);
  return line + '\n';
}

std::string json_row(const PlanRow& row) {
  std::string line = "{\"state\": " + json_text(states.at(static_cast<std::size_t>(row.state)));
  const auto text = [&](const char* key, const std::string& value) {
    line.append(", \"").append(key).append("\": ").append(value);
  };
  text("line", row.line == 0 ? "null" : std::to_string(row.line));
  text("name", json_text(row.name));
  text("artifact", json_text(row.artifact));
  text("archive", row.archive.empty() ? "null" : json_text(row.archive));
  text("digest", row.digest.empty() ? "null" : json_text(row.digest));
  text("fetch", std::to_string(row.fetch.count));
  text("shared", std::to_string(row.shared.count));
  text("size", std::to_string(row.size.count));
  text("requests", std::to_string(row.requests));
  text("parts", std::to_string(row.parts));
  if (!row.problem.empty()) text("problem", json_text(row.problem));
  return line + '}';
}

std::optional<std::chrono::milliseconds> time_of(const PlanTotals& totals, const PlanLimits& limits) {
  if (!limits.max_rate) return std::nullopt;
  const double seconds = static_cast<double>(totals.fetch.count) / static_cast<double>(limits.max_rate->count);
  return std::chrono::seconds(static_cast<std::int64_t>(seconds + 0.5));
}

std::string table_end(const PlanTotals& totals, const PlanLimits& limits) {
  std::string text = std::to_string(totals.todo) + (totals.todo == 1 ? " archive" : " archives") + " to make, " +
                     std::to_string(totals.done) + (totals.done == 1 ? " row" : " rows") + " done, " +
                     std::to_string(totals.failed) + " failed\n";
  text += "to fetch: " + human(totals.fetch) + ", in " + std::to_string(totals.requests) +
          " requests; shared: " + human(totals.shared) + "; archives: " + human(totals.size) + '\n';
  if (limits.room.free) text += "free space: " + human(*limits.room.free) + '\n';
  if (limits.room.partial > 0_B)
    text += "an interrupted run left " + human(limits.room.partial) + ", part of which need not be fetched again\n";
  if (const auto time = time_of(totals, limits))
    text += "at --max-rate " + human(*limits.max_rate) + " a second: " + human(*time) + " or more\n";
  if (limits.shards) text += "shards: " + std::to_string(*limits.shards) + '\n';
  return text;
}

std::string json_end(const PlanTotals& totals, const PlanLimits& limits) {
  std::string text = "\n], \"totals\": {\"todo\": " + std::to_string(totals.todo) +
                     ", \"done\": " + std::to_string(totals.done) + ", \"failed\": " + std::to_string(totals.failed);
  const auto number = [&](const char* key, const std::optional<std::uint64_t>& value) {
    text.append(", \"").append(key).append("\": ").append(value ? std::to_string(*value) : "null");
  };
  number("fetch", totals.fetch.count);
  number("shared", totals.shared.count);
  number("size", totals.size.count);
  number("requests", totals.requests);
  number("free", limits.room.free ? std::optional(limits.room.free->count) : std::nullopt);
  number("partial", limits.room.partial.count);
  const auto time = time_of(totals, limits);
  number("seconds", time ? std::optional(static_cast<std::uint64_t>(time->count() / 1000)) : std::nullopt);
  number("shards", limits.shards);
  return text + "}}\n";
}

}  // namespace

std::string plan_begin(PlanFormat format) {
  if (format == PlanFormat::json) return "{\"version\": 1, \"rows\": [";
  return "STATE       FETCH   SHARED     SIZE  REQUESTS  ARCHIVE  ARTIFACT  DIGEST\n";
}

std::string plan_row(const PlanRow& row, PlanFormat format, bool is_first) {
  if (format == PlanFormat::json) return (is_first ? "\n  " : ",\n  ") + json_row(row);
  return table_row(row);
}

std::string plan_end(const PlanTotals& totals, const PlanLimits& limits, PlanFormat format) {
  return format == PlanFormat::json ? json_end(totals, limits) : table_end(totals, limits);
}

}  // namespace acedt::serialize
