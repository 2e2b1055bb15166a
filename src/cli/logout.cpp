// The command `logout`: removes a login from the file that `login` saves it in, and names the other files that still
// have one.

#include "acedt/base/file.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/cli/configuration.hpp"
#include "acedt/cli/login_files.hpp"
#include "acedt/registry/auth_files.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view about = R"(Example:
  ace-dt logout reg.example.com
)";

void run(const Flags& flags, Process& process) {
  const Setup setup = set_up(flags, process.environment);
  const Keeping kept(flags.last(registry_argument), setup.login_files);
  const auto without = [&](const std::string& text) {
    return registry::without_entry(text, kept.file.string(), kept.key);
  };
  const bool has_entry = without(kept.before) != kept.before;
  const bool was_there = kept.helper || has_entry;
  if (kept.helper) registry::erase_from_helper(*kept.helper);
  if (has_entry) change_shared_file(kept.file, without);
  process.out << (was_there ? "logged out of " : "not logged in to ") << kept.key.scope << " (" << kept.file.string()
              << ")\n";
  for (const std::filesystem::path& other : other_files_with(kept.key, setup.login_files))
    process.out << other.string() << " still has a login for " << kept.key.scope << '\n';
}

}  // namespace

Command logout_command() {
  return {.words = "logout",
          .purpose = "Remove the login for a registry",
          .about = about,
          .arguments = {&registry_argument},
          .run = run};
}

}  // namespace acedt::cli
