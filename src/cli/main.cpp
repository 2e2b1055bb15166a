// The program: builds the parts, runs, reports.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>

#include "acedt/base/output.hpp"
#include "acedt/cli/args.hpp"
#include "acedt/cli/config.hpp"
#include "acedt/cli/exit_code.hpp"
#include "acedt/cli/login.hpp"
#include "acedt/cli/login_files.hpp"
#include "acedt/cli/show_config.hpp"
#include "acedt/serialize/run.hpp"
#include "acedt/ui/debug.hpp"
#include "acedt/ui/lines.hpp"
#include "acedt/ui/logged.hpp"
#include "acedt/ui/quiet.hpp"
#include "acedt/ui/report.hpp"
#include "acedt/ui/terminal.hpp"
#include "cli/emergency.hpp"
#include "cli/output_files.hpp"

namespace {

using namespace acedt;

/// The standard streams of the process. What cannot be written to them is an error at the end.
struct Console {
  Output output{STDOUT_FILENO, "standard output"};
  Output errors{STDERR_FILENO, "standard error"};
  OutputStream out{output};
  OutputStream err{errors};
};

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

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

bool moves_its_cursor(int descriptor) {
  return ::isatty(descriptor) == 1 && environment("TERM").value_or("") != "dumb";
}

Log make_log(Output& errors, LogLevel threshold, bool below_status_line) {
  auto sink = [&errors, below_status_line](std::string_view line) {
    std::string text = below_status_line ? ui::clear_line : "";
    errors.write(text.append(line).append("\n"));
  };
  return {threshold, sink, rfc3339_now};
}

std::unique_ptr<report::Observer> make_observer(cli::Display display, std::ostream& out) {
  switch (display) {
    case cli::Display::quiet:
    case cli::Display::debug: return std::make_unique<ui::Quiet>();
    case cli::Display::lines: return std::make_unique<ui::Lines>(out);
    case cli::Display::terminal: break;
  }
  return std::make_unique<ui::Terminal>(out, [] { return ui::terminal_columns(STDOUT_FILENO); });
}

/// Who is told of a run, one by another: --report, the log, and --debug or the display.
class Audience {
 public:
  Audience(const cli::Arguments& arguments, cli::Display display, Console& console, const Log& log)
      : console_(console), log_(log), shown_(make_observer(display, console.out)) {
    if (!arguments.debug.empty()) debug_.emplace(arguments.debug);
    report::Observer& first = debug_ ? static_cast<report::Observer&>(*debug_) : *shown_;
    logged_.emplace(first, log, display == cli::Display::quiet || display == cli::Display::debug);
    if (!arguments.report.empty()) report_.emplace(*logged_, arguments.report);
  }

  /// Calls `run` with all of them. Throws what it throws, else the error of what could not be written.
  void watch(const std::function<void(report::Observer&)>& run) {
    try {
      run(report_ ? static_cast<report::Observer&>(*report_) : *logged_);
    } catch (...) {
      if (const auto problem = unwritten()) log_.warn(problem->what());
      throw;
    }
    if (auto problem = unwritten()) throw Error(problem->add("the run is done, but not all that it was to write"));
  }

 private:
  std::optional<Error> unwritten() {
    try {
      if (report_) report_->check();
      if (debug_) debug_->check();
      console_.output.check();
      return std::nullopt;
    } catch (const Error& error) {
      return error;
    }
  }

  Console& console_;
  const Log& log_;
  std::unique_ptr<report::Observer> shown_;
  std::optional<ui::Debug> debug_;
  std::optional<ui::Logged> logged_;
  std::optional<ui::Report> report_;
};

/// Each connection and each archive that is being made has a file open.
void allow_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

void batch_serialize(const cli::Arguments& arguments, Console& console) {
  const auto configuration = cli::load_configuration(cli::config_search(arguments.config_files, environment));
  const bool may_move = moves_its_cursor(STDOUT_FILENO) && !configuration.hide_progress;
  const cli::Display display = cli::display_for(arguments, may_move);
  const bool shared_terminal = display == cli::Display::terminal && moves_its_cursor(STDERR_FILENO);
  const Log log = make_log(console.errors, arguments.log_level, shared_terminal);
  for (const std::string& warning : configuration.warnings) log.warn(warning);
  log.info("started", {{"version", ACEDT_VERSION}});
  allow_many_files();
  serialize::Options options = cli::combined(arguments, configuration);
  options.engine.auth_files = cli::login_files(environment, configuration).search;
  cli::check_output_files(arguments);
  Audience audience(arguments, display, console, log);
  audience.watch([&](report::Observer& observer) { serialize::run(options, observer, log); });
}

void show_config(const cli::ShowConfig& asked, Console& console) {
  if (asked.sample) {
    console.out << cli::sample_configuration();
    return;
  }
  const cli::ConfigSearch search = cli::config_search(asked.arguments.config_files, environment);
  const cli::Configuration configuration = cli::load_configuration(search);
  const Log log = make_log(console.errors, asked.arguments.log_level, false);
  for (const std::string& warning : configuration.warnings) log.warn(warning);
  console.out << cli::show_configuration(asked.arguments, search, configuration,
                                         cli::login_files(environment, configuration).search);
}

void run(const std::vector<std::string>& command_line, Console& console) {
  const cli::Command command = cli::parse_arguments(command_line, environment);
  if (const auto* text = std::get_if<std::string>(&command)) console.out << *text;
  if (const auto* show = std::get_if<cli::ShowConfig>(&command)) show_config(*show, console);
  if (const auto* login = std::get_if<cli::LogIn>(&command)) cli::log_in(*login, environment, console.out);
  if (const auto* logout = std::get_if<cli::LogOut>(&command)) cli::log_out(*logout, environment, console.out);
  if (const auto* arguments = std::get_if<cli::Arguments>(&command)) batch_serialize(*arguments, console);
  console.output.check();
  console.errors.check();
}

/// Else the next files that are opened get the numbers of those that are closed, and what is meant for standard output
/// goes into an archive.
void open_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(descriptor, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != descriptor) ::_exit(EXIT_FAILURE);
}

/// A pipe without a reader and a file beyond its largest size are errors of the write.
void ignore_signals_of_writes() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
  cli::handle_emergencies();
  open_standard_descriptors();
  ignore_signals_of_writes();
  Console console;
  return cli::exit_code_of([&] { run({argv + (argc > 0 ? 1 : 0), argv + argc}, console); }, console.err);
}
