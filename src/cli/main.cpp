// The program: builds the parts, runs, reports.

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <optional>

#include "acedt/batch/batch.hpp"
#include "acedt/cli/args.hpp"
#include "acedt/cli/auth_places.hpp"
#include "acedt/cli/config.hpp"
#include "acedt/cli/exit_code.hpp"
#include "acedt/cli/login.hpp"
#include "acedt/cli/show_config.hpp"
#include "acedt/ui/debug.hpp"
#include "acedt/ui/lines.hpp"
#include "acedt/ui/logged.hpp"
#include "acedt/ui/quiet.hpp"
#include "acedt/ui/report.hpp"
#include "acedt/ui/terminal.hpp"

namespace {

using namespace acedt;

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

Log make_log(LogLevel threshold, bool below_status_line) {
  auto sink = [below_status_line](std::string_view line) {
    std::string text = below_status_line ? ui::clear_line : "";
    std::cerr << text.append(line).append("\n");
  };
  return {threshold, sink, rfc3339_now};
}

std::unique_ptr<report::Observer> make_observer(cli::Display display, const cli::Arguments& arguments) {
  switch (display) {
    case cli::Display::quiet: return std::make_unique<ui::Quiet>();
    case cli::Display::debug: return std::make_unique<ui::Debug>(arguments.debug);
    case cli::Display::lines: return std::make_unique<ui::Lines>(std::cout);
    case cli::Display::terminal: break;
  }
  return std::make_unique<ui::Terminal>(std::cout, [] { return ui::terminal_columns(STDOUT_FILENO); });
}

/// Each connection and each archive that is being made has a file open.
void allow_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

void batch_serialize(const cli::Arguments& arguments) {
  const auto configuration = cli::load_configuration(cli::config_search(arguments.config_files, environment));
  const bool may_move = moves_its_cursor(STDOUT_FILENO) && !configuration.hide_progress;
  const cli::Display display = cli::display_for(arguments, may_move);
  const bool shared_terminal = display == cli::Display::terminal && moves_its_cursor(STDERR_FILENO);
  const Log log = make_log(arguments.log_level, shared_terminal);
  for (const std::string& warning : configuration.warnings) log.warn(warning);
  log.info("started", {{"version", ACEDT_VERSION}});
  allow_many_files();
  const auto shown = make_observer(display, arguments);
  const bool silent = display == cli::Display::quiet || display == cli::Display::debug;
  ui::Logged logged(*shown, log, silent);
  std::optional<ui::Report> reported;
  if (!arguments.report.empty()) reported.emplace(logged, arguments.report);
  report::Observer& observer = reported ? static_cast<report::Observer&>(*reported) : logged;
  batch::Options options = cli::combined(arguments, configuration);
  options.auth_files = cli::auth_places(environment, configuration).search;
  batch::run(options, observer, log);
}

void show_config(const cli::ShowConfig& asked) {
  if (asked.sample) {
    std::cout << cli::sample_configuration();
    return;
  }
  const cli::ConfigSearch search = cli::config_search(asked.arguments.config_files, environment);
  const cli::Configuration configuration = cli::load_configuration(search);
  const Log log = make_log(asked.arguments.log_level, false);
  for (const std::string& warning : configuration.warnings) log.warn(warning);
  std::cout << cli::show_configuration(asked.arguments, search, configuration,
                                       cli::auth_places(environment, configuration).search);
}

void run(const std::vector<std::string>& command_line) {
  const cli::Command command = cli::parse_arguments(command_line, environment);
  if (const auto* text = std::get_if<std::string>(&command)) std::cout << *text;
  if (const auto* show = std::get_if<cli::ShowConfig>(&command)) show_config(*show);
  if (const auto* login = std::get_if<cli::LogIn>(&command)) cli::log_in(*login, environment, std::cout);
  if (const auto* logout = std::get_if<cli::LogOut>(&command)) cli::log_out(*logout, environment, std::cout);
  if (const auto* arguments = std::get_if<cli::Arguments>(&command)) batch_serialize(*arguments);
}

}  // namespace

int main(int argc, char** argv) {
  return cli::exit_code_of([&] { run({argv + (argc > 0 ? 1 : 0), argv + argc}); }, std::cerr);
}
