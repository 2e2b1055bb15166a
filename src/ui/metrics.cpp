// All metrics are gauges, of the last run: a command that ends is no process whose counters grow. Each has the labels
// of the run, so that the files of several commands, folders, destinations and shards can be in one directory.

#include "acedt/ui/metrics.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <system_error>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/ui/text.hpp"

namespace acedt::ui {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view last_success_name = "ace_dt_last_success_timestamp_seconds";
constexpr auto all_may_read =
    fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read;

/// Returns the value of a label, which must be UTF-8, in quotes and escaped.
std::string label_value(std::string_view value) {
  std::string text;
  for (const std::string_view line : split(value, '\n')) {
    text += text.empty() ? "\"" : "\\n";
    for (const char c : printable(line)) {
      if (c == '\\' || c == '"') text += '\\';
      text += c;
    }
  }
  return text + '"';
}

/// Returns the labels of the run, without braces.
std::string labels_of(const RunStart& start) {
  std::string labels = "command=" + label_value(start.command) + ",folder=" + label_value(start.folder);
  if (!start.destination.empty()) labels += ",destination=" + label_value(start.destination);
  if (!start.shard.empty()) labels += ",shard=" + label_value(start.shard);
  return labels;
}

/// Returns "12.345".
std::string seconds(std::chrono::milliseconds duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%lld.%03lld", static_cast<long long>(duration.count() / 1000),
                static_cast<long long>(duration.count() % 1000));
  return text.data();
}

/// Returns a name that no other process of this machine uses, and that node_exporter does not read.
fs::path temporary_beside(const fs::path& target) {
  return target.parent_path() / ('.' + target.filename().string() + '.' + std::to_string(::getpid()));
}

/// Writes families of metrics.
class Writer {
 public:
  explicit Writer(std::string labels) : labels_(std::move(labels)) {}

  void family(std::string_view name, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" gauge\n");
  }
  void sample(std::string_view value, const std::string& more_labels = "") {
    text_.append(name_).append("{").append(labels_).append(more_labels).append("} ").append(value).append("\n");
  }
  void metric(std::string_view name, std::string_view help, std::string_view value) {
    family(name, help);
    sample(value);
  }
  void metric(std::string_view name, std::string_view help, std::uint64_t value) {
    metric(name, help, std::to_string(value));
  }

  std::string take() { return std::move(text_); }

 private:
  std::string labels_;
  std::string_view name_;
  std::string text_;
};

void add_rows(Writer& writer, const Totals& totals) {
  writer.family("ace_dt_last_run_rows",
                "Rows of the list, or archives that were to be pushed or checked, by what became of them.");
  const std::array<std::pair<std::string_view, std::size_t>, 5> states = {{{"done", totals.done},
                                                                           {"skipped", totals.skipped},
                                                                           {"failed", totals.failed},
                                                                           {"left", totals.left},
                                                                           {"dropped", totals.dropped}}};
  for (const auto& [state, count] : states) writer.sample(std::to_string(count), ",state=" + label_value(state));
}

/// Each kind has a sample, so that a query finds it before the first failure of that kind.
void add_failures(Writer& writer, const Totals& totals, const RunEnd& end) {
  std::map<std::string, std::size_t> failures = failures_of(totals, end);
  failures.try_emplace("interrupted", 0);
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::internal); ++kind)
    failures.try_emplace(std::string(name(static_cast<ErrorKind>(kind))), 0);
  writer.family("ace_dt_last_run_failures", "Failures, by kind: rows that failed, or what ended the run.");
  for (const auto& [kind, count] : failures) writer.sample(std::to_string(count), ",kind=" + label_value(kind));
}

}  // namespace

std::string metrics_of(const RunStart& start, const RunEnd& end, const Totals& totals, std::string_view last_success) {
  const bool is_success = end.exit_status == 0;
  const std::string ended =
      seconds(std::chrono::duration_cast<std::chrono::milliseconds>(end.at.date.time_since_epoch()));
  const auto duration = std::chrono::duration_cast<std::chrono::milliseconds>(end.at.time - start.at.time);
  Writer writer(labels_of(start));
  writer.family("ace_dt_build_info", "The version of ace-dt that ran; always 1.");
  writer.sample("1", ",version=" + label_value(start.version));
  writer.metric(last_success_name, "When the last run that succeeded ended, since 1970; 0 if there was none.",
                is_success ? ended : last_success);
  writer.metric("ace_dt_last_run_timestamp_seconds", "When the last run ended, since 1970.", ended);
  writer.metric("ace_dt_last_run_success", "Whether the last run succeeded: 1 if its exit status was 0, else 0.",
                is_success ? 1 : 0);
  writer.metric("ace_dt_last_run_exit_status", "The exit status of the last run.",
                static_cast<std::uint64_t>(end.exit_status));
  writer.metric("ace_dt_last_run_duration_seconds", "How long the last run took.", seconds(duration));
  add_rows(writer, totals);
  add_failures(writer, totals, end);
  writer.metric("ace_dt_last_run_blobs", "Blobs that were stored in archives, sent or checked.", totals.blobs);
  writer.metric("ace_dt_last_run_stored_bytes", "Size of the archives that the last run made.", totals.stored.count);
  writer.metric("ace_dt_last_run_received_bytes", "Bodies received from registries.", totals.received.count);
  writer.metric("ace_dt_last_run_sent_bytes", "Bodies sent to registries.", totals.sent.count);
  writer.metric("ace_dt_last_run_requests", "HTTP requests made.", totals.requests);
  writer.metric("ace_dt_last_run_retries", "Attempts that failed and were repeated.", totals.retries);
  writer.metric("ace_dt_last_run_paused_seconds",
                "For how long registries asked for a pause (Retry-After, mostly with 429 or 503), of all hosts.",
                seconds(totals.paused));
  return writer.take();
}

std::string last_success_in(std::string_view text, const RunStart& start) {
  const std::string prefix = '\n' + std::string(last_success_name) + '{' + labels_of(start) + "} ";
  const std::size_t found = text.find(prefix);
  if (found == text.npos) return "0";
  const std::string_view rest = text.substr(found + prefix.size());
  const std::string_view value = rest.substr(0, rest.find('\n'));
  constexpr std::size_t max_length = 20;
  const auto is_part_of_number = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  const bool is_number = !value.empty() && value.size() <= max_length &&
                         std::ranges::all_of(value, is_part_of_number) && std::ranges::count(value, '.') <= 1 &&
                         value.front() != '.';
  return is_number ? std::string(value) : "0";
}

void check_metrics_file(const fs::path& path, const Disk& disk) {
  const fs::path target = without_links(path);
  const auto refuse = [&](const std::string& what, const std::string& hint) {
    throw Error(ErrorKind::usage, "--metrics: " + path.string() + ' ' + what).hint(hint);
  };
  if (target.extension() != ".prom")
    refuse("does not end in .prom", "name it such as ace-dt.prom: node_exporter reads no other files");
  const auto status = disk.status(target);
  if (status && status->type != fs::file_type::regular) refuse("is not a regular file", "name another file");
  if (!status && !disk.exists(target.parent_path())) refuse("is in a folder that does not exist", "create the folder");
}

void write_metrics(const fs::path& path, const RunStart& start, const RunEnd& end, const Totals& totals,
                   const Disk& disk) {
  const fs::path target = without_links(path);
  const std::string before = read_if_there(target, disk).value_or("");
  const std::string text = metrics_of(start, end, totals, last_success_in(before, start));
  const fs::path temporary = temporary_beside(target);
  disk.discard(temporary);  // of a killed process that had the same number, as all have in a container
  const File fresh = File::create_private(temporary, disk);
  try {
    std::error_code problem;
    fs::permissions(fresh.path(), all_may_read, problem);
    if (problem) throw Error(ErrorKind::storage, "chmod " + fresh.path().string() + ": " + problem.message());
    fresh.append(text);
    fresh.sync();
    disk.rename(fresh.path(), target);
  } catch (...) {
    disk.discard(fresh.path());  // if that fails, too, the first failure counts
    throw;
  }
}

}  // namespace acedt::ui
