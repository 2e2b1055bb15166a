// The program: sets the process up and runs the command.

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "acedt/cli/command.hpp"
#include "acedt/cli/exit_code.hpp"
#include "cli/commands.hpp"
#include "cli/output_settings.hpp"

namespace {

using namespace acedt;

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

void run(const std::vector<std::string>& command_line, cli::Process& process) {
  const auto parsed = cli::parse(cli::commands(), command_line);
  if (const auto* text = std::get_if<std::string>(&parsed)) process.out << *text;
  if (const auto* found = std::get_if<cli::Parsed>(&parsed)) found->command->run(found->flags, process);
  process.output.check();
  process.errors.check();
}

/// Opens /dev/null for each standard descriptor that is closed. Otherwise, the next files would get these numbers, and
/// text for standard output would go into an archive.
void open_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(descriptor, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != descriptor) ::_exit(EXIT_FAILURE);
}

/// Makes a write to a pipe without a reader, or beyond the size limit of files, fail with an error.
void ignore_signals_of_writes() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
  cli::handle_emergencies();
  open_standard_descriptors();
  ignore_signals_of_writes();
  cli::Process process{environment};
  const std::vector<std::string> command_line(argv + (argc > 0 ? 1 : 0), argv + argc);
  cli::say_errors_as_json(cli::asks_for_json(command_line, environment));
  return cli::exit_code_of([&] { run(command_line, process); }, process.err);
}
