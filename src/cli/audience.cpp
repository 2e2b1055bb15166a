// A run reports to one observer. The observers are chained here: --report passes events on to the log, the log to
// --debug or the display. A failure to write does not stop the run; it is reported at the end.

#include "cli/audience.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <string>
#include <system_error>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/output.hpp"
#include "acedt/sync/archive_name.hpp"

namespace acedt::cli {
namespace {

namespace fs = std::filesystem;

std::string rfc3339_now() {
  timespec now{};
  std::timespec_get(&now, TIME_UTC);
  std::tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000);
  return text.data();
}

std::unique_ptr<report::Observer> make_observer(Display display, Process& process) {
  const bool coloured = has_colours(STDOUT_FILENO, process.environment);
  switch (display) {
    case Display::quiet:
    case Display::debug: return std::make_unique<ui::Quiet>();
    case Display::lines: return std::make_unique<ui::Lines>(process.out, coloured);
    case Display::terminal: break;
  }
  const auto size = [] { return ui::terminal_size(STDOUT_FILENO); };
  return std::make_unique<ui::Terminal>(process.out, size, coloured);
}

bool is_same_file(const fs::path& one, const fs::path& other) {
  std::error_code not_there;
  return one == other || fs::equivalent(one, other, not_there);
}

void allow_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

Log start_log(const Setup& setup, Process& process, bool below_status_line) {
  Log log = make_log(process.errors, setup.settings.values.log_level, below_status_line);
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
  if (sync::ArchiveName::parse(target.filename().string())) refuse("has the name of an archive");
  if (std::find(target.begin(), target.end(), ".ace-dt") != target.end()) refuse("is in .ace-dt");
  for (const auto& [file, name] : needed)
    if (is_same_file(target, without_links(file))) refuse("is " + name);
}

void show(const Flags& flags, const Setup& setup, Process& process,
          const std::function<void(const OutputFiles&)>& check,
          const std::function<void(report::Observer&, const Log&)>& run) {
  const Values& values = setup.settings.values;
  const OutputFiles files{flags.last(report_flag), flags.last(debug_flag)};
  const Display display = display_for(values, files, moves_its_cursor(STDOUT_FILENO, process.environment));
  const bool shares_terminal = display == Display::terminal && moves_its_cursor(STDERR_FILENO, process.environment);
  const Log log = start_log(setup, process, shares_terminal);
  check(files);
  Audience audience(files, display, process, log);
  audience.watch([&](report::Observer& observer) { run(observer, log); });
}

Display display_for(const Values& values, const OutputFiles& files, bool on_terminal) {
  if (!files.debug.empty()) return Display::debug;
  if (values.quiet) return Display::quiet;
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

Audience::Audience(const OutputFiles& files, Display display, Process& process, const Log& log)
    : process_(process), log_(log), shown_(make_observer(display, process)) {
  if (!files.debug.empty()) debug_.emplace(files.debug);
  report::Observer& first = debug_ ? static_cast<report::Observer&>(*debug_) : *shown_;
  logged_.emplace(first, log, display == Display::quiet || display == Display::debug);
  if (!files.report.empty()) report_.emplace(*logged_, files.report);
}

void Audience::watch(const std::function<void(report::Observer&)>& run) {
  try {
    run(report_ ? static_cast<report::Observer&>(*report_) : *logged_);
  } catch (...) {
    if (const auto problem = unwritten()) log_.warn(problem->what());
    throw;
  }
  if (auto problem = unwritten()) throw Error(problem->add("the run is done, but not all of its output was written"));
}

std::optional<Error> Audience::unwritten() {
  try {
    if (report_) report_->check();
    if (debug_) debug_->check();
    process_.output.check();
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
}

void check_output_files(const OutputFiles& files, const std::vector<NeededFile>& needed) {
  if (!files.report.empty()) check_output_file(files.report, "--report", needed);
  if (!files.debug.empty()) check_output_file(files.debug / "events.jsonl", "--debug", needed);
}

}  // namespace acedt::cli
