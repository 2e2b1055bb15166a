// The command `config`: shows the configuration in effect.

#include "acedt/cli/command.hpp"
#include "acedt/cli/configuration.hpp"
#include "cli/audience.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view about = R"(Examples:
  ace-dt config
  ace-dt config --sample > ace-dt-config.yaml

Prints the settings in effect as a configuration file. A comment after each value says where it
comes from: a file, an environment variable, a flag, or the default.
)";

constexpr Flag sample = {"--sample", "", "Print a commented sample file instead"};

void run(const Flags& flags, Process& process) {
  if (flags.is_on(sample)) {
    process.out << sample_configuration();
    return;
  }
  const Setup setup = set_up(flags, process.environment);
  const Log log = make_log(process.errors, setup.settings.values.log_level, false);
  for (const std::string& warning : setup.file.warnings) log.warn(warning);
  process.out << show_configuration(setup);
}

}  // namespace

Command config_command() {
  Command command = {.words = "config",
                     .purpose = "Show the configuration, and the origin of each value",
                     .about = about,
                     .flags = {&sample},
                     .run = run};
  command.settings = all_settings();
  return command;
}

}  // namespace acedt::cli
