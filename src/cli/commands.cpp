// What the program can do: a line for each command. To add one, write src/cli/NAME.cpp with a function that returns
// its Command, and name that function here.

#include "cli/commands.hpp"

#include "cli/archive_settings.hpp"

namespace acedt::cli {

Command batch_deserialize_command();
Command batch_serialize_command();
Command commit_command();
Command completion_command();
Command config_command();
Command deserialize_command();
Command help_command();
Command login_command();
Command logout_command();
Command ls_command();
Command plan_command();
Command verify_command();
Command version_command();

const CommandTable& commands() {
  static const CommandTable table = {
      .groups = {{"mirror", "Move artifacts over an air gap", {&recursive}}},
      .commands = {batch_serialize_command(), plan_command(), commit_command(), batch_deserialize_command(),
                   deserialize_command(), verify_command(), ls_command(), config_command(), login_command(),
                   logout_command(), help_command(), version_command(), completion_command()},
  };
  return table;
}

}  // namespace acedt::cli
