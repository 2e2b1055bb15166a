// A run reports to one observer. The observers are chained here: --report passes events on to the totals, these to the
// log, the log to --debug or the display. A failure to write does not stop the run; it is reported at the end.
// --metrics is written last, so it has that failure, too.

#include "cli/audience.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <system_error>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/output.hpp"
#include "acedt/cli/exit_code.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/files.hpp"
#include "acedt/ui/text.hpp"

namespace acedt::cli {
namespace {

namespace fs = std::filesystem;

std::string rfc3339_now() {
  return ui::rfc3339(std::chrono::system_clock::now());
}

std::unique_ptr<report::Observer> make_observer(Display display, Process& process) {
  const bool coloured = has_colours(STDOUT_FILENO, process.environment);
  switch (display) {
    case Display::quiet:
    case Display::debug: return std::make_unique<ui::Quiet>();
    case Display::lines: return std::make_unique<ui::Lines>(process.out, coloured);
    case Display::json: return std::make_unique<ui::Lines>(process.out, false, rfc3339_now);
    case Display::terminal: break;
  }
  const auto size = [] { return ui::terminal_size(STDOUT_FILENO); };
  return std::make_unique<ui::Terminal>(process.out, size, coloured);
}

bool is_same_file(const fs::path& one, const fs::path& other) {
  std::error_code not_there;
  return one == other || fs::equivalent(one, other, not_there);
}

/// Notes that not all output was written: as the failure of the run if it has none, else in the log.
void note_unwritten(Error& unwritten, std::exception_ptr& failure, const Log& log) {
  if (failure) return log.warn(unwritten.what());
  failure = std::make_exception_ptr(Error(unwritten.add("the run is done, but not all of its output was written")));
}

ui::RunEnd ended_now(const std::exception_ptr& failure) {
  ui::RunEnd end = end_of(failure);
  end.at = ui::Moment::now();
  return end;
}

void allow_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

Log start_log(const Setup& setup, Process& process, bool below_status_line) {
  const Values& values = setup.settings.values;
  say_errors_as_json(values.log_format == LogFormat::json);
  Log log = make_log(process.errors, values.log_level, below_status_line);
  for (const std::string& warning : setup.file.warnings) log.warn(warning);
  log.info("started", {{"version", ACEDT_VERSION}});
  allow_many_files();
  return log;
}

void check_output_file(const fs::path& path, const std::string& flag, const std::vector<NeededFile>& needed) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::usage, flag + ": " + path.string() + ' ' + what).hint("name another file");
  };
  const fs::path target = without_links(path);
  if (std::error_code ignored; fs::is_directory(target, ignored)) refuse("is a folder");
  if (sync::ArchiveName::parse(sync::archive_of(target.filename().string()))) refuse("has the name of an archive");
  if (std::find(target.begin(), target.end(), ".ace-dt") != target.end()) refuse("is in .ace-dt");
  for (const auto& [file, name] : needed)
    if (is_same_file(target, without_links(file))) refuse("is " + name);
}

ui::RunStart run_start(std::string_view words, const fs::path& folder, const std::string& destination,
                       const std::optional<plan::Shard>& shard) {
  const std::string path = folder == "-" ? "-" : fs::absolute(folder).lexically_normal().string();
  return {.version = ACEDT_VERSION,
          .command = std::string(words.substr(words.rfind(' ') + 1)),
          .folder = path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path,
          .destination = redacted_url(destination),
          .shard = shard ? shard->text() : "",
          .at = ui::Moment::now()};
}

void show(const Flags& flags, const Setup& setup, Process& process, const ui::RunStart& start,
          const std::function<void(const OutputFiles&)>& check,
          const std::function<void(report::Observer&, const Log&)>& run) {
  const Values& values = setup.settings.values;
  const OutputFiles files{flags.last(report_flag), flags.last(debug_flag), flags.last(metrics_flag)};
  const Display display = display_for(values, files, moves_its_cursor(STDOUT_FILENO, process.environment));
  const bool shares_terminal = display == Display::terminal && moves_its_cursor(STDERR_FILENO, process.environment);
  const Log log = start_log(setup, process, shares_terminal);
  check(files);
  Audience audience(files, display, process, log, start);
  audience.watch([&](report::Observer& observer, ui::Totals&) { run(observer, log); });
}

void count(const Flags& flags, Process& process, const Log& log, const ui::RunStart& start,
           const std::vector<NeededFile>& needed, const std::function<void(report::Observer&, ui::Totals&)>& run) {
  const OutputFiles files{.metrics = flags.last(metrics_flag)};
  check_output_files(files, needed);
  Audience(files, Display::quiet, process, log, start).watch(run);
}

void print_line(Process& process, const Values& values, LogLevel level, const std::string& text,
                std::initializer_list<Log::Field> fields) {
  if (values.log_format == LogFormat::text) {
    process.out << ui::printable(text) << '\n';
    return;
  }
  const Log lines = make_log(process.output, LogLevel::info, false);
  switch (level) {
    case LogLevel::error: return lines.error(text, fields);
    case LogLevel::warn: return lines.warn(text, fields);
    case LogLevel::info:
    case LogLevel::debug: return lines.info(text, fields);
  }
}

Display display_for(const Values& values, const OutputFiles& files, bool on_terminal) {
  if (!files.debug.empty()) return Display::debug;
  if (values.quiet) return Display::quiet;
  if (values.log_format == LogFormat::json) return Display::json;
  return on_terminal && !values.no_term ? Display::terminal : Display::lines;
}

bool moves_its_cursor(int descriptor, const Environment& environment) {
  return ::isatty(descriptor) == 1 && environment("TERM").value_or("") != "dumb";
}

bool has_colours(int descriptor, const Environment& environment) {
  if (!environment("NO_COLOR").value_or("").empty()) return false;
  const std::string forced = environment("CLICOLOR_FORCE").value_or("");
  return (!forced.empty() && forced != "0") || moves_its_cursor(descriptor, environment);
}

Log make_log(Output& errors, LogLevel threshold, bool shares_terminal) {
  auto sink = [&errors, shares_terminal](std::string_view line) {
    std::string text = shares_terminal ? ui::clear_display : "";
    errors.write(text.append(line).append("\n"));
  };
  return {threshold, sink, rfc3339_now};
}

Audience::Audience(OutputFiles files, Display display, Process& process, const Log& log, ui::RunStart start)
    : files_(std::move(files)),
      process_(process),
      log_(log),
      shown_(make_observer(display, process)),
      start_(std::move(start)) {
  if (!files_.debug.empty()) debug_.emplace(files_.debug);
  report::Observer& first = debug_ ? static_cast<report::Observer&>(*debug_) : *shown_;
  logged_.emplace(first, log, display == Display::quiet || display == Display::debug);
  counted_.emplace(*logged_);
  if (!files_.report.empty()) report_.emplace(*counted_, start_, files_.report);
}

void Audience::watch(const std::function<void(report::Observer&, ui::Totals&)>& run) {
  std::exception_ptr failure;
  try {
    run(report_ ? static_cast<report::Observer&>(*report_) : *counted_, counted_->totals);
  } catch (...) {
    failure = std::current_exception();
  }
  if (report_) report_->end(ended_now(failure), counted_->totals);
  try {
    check_written();
  } catch (Error& unwritten) {
    note_unwritten(unwritten, failure, log_);
  }
  try {
    if (!files_.metrics.empty()) ui::write_metrics(files_.metrics, start_, ended_now(failure), counted_->totals);
  } catch (Error& unwritten) {
    note_unwritten(unwritten, failure, log_);
  }
  if (failure) std::rethrow_exception(failure);
}

void Audience::check_written() {
  if (report_) report_->check();
  if (debug_) debug_->check();
  process_.output.check();
}

void check_output_files(const OutputFiles& files, const std::vector<NeededFile>& needed) {
  if (!files.report.empty()) check_output_file(files.report, "--report", needed);
  if (!files.debug.empty()) check_output_file(files.debug / "events.jsonl", "--debug", needed);
  if (files.metrics.empty()) return;
  std::vector<NeededFile> others = needed;
  if (!files.report.empty()) others.emplace_back(files.report, "the report");
  check_output_file(files.metrics, "--metrics", others);
  ui::check_metrics_file(files.metrics);
}

}  // namespace acedt::cli
