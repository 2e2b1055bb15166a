// The command `logout`: removes a login from the file in which `login` keeps it, and names the other files that still
// have one.

#include "acedt/base/shared_file.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/registry/auth_files.hpp"
#include "cli/keeping.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view about = R"(Example:
  ace-dt logout reg.example.com
)";

void run(const Words& words, Process& process) {
  const Setup setup = set_up(words, process.environment);
  const Keeping kept(words.last(registry_argument), setup.login_files);
  const auto without = [&](const std::string& text) {
    return registry::without_entry(text, kept.file.string(), kept.key);
  };
  const bool has_entry = without(kept.before) != kept.before;
  const bool was_there = kept.helper || has_entry;
  if (kept.helper) registry::erase_from_helper(*kept.helper);
  if (has_entry) change_shared_file(kept.file, without);
  process.out << (was_there ? "logged out of " : "not logged in to ") << kept.key.scope << ", in " << kept.file.string()
              << '\n';
  for (const std::filesystem::path& other : other_files_with(kept.key, setup.login_files))
    process.out << other.string() << " still has a login for " << kept.key.scope << '\n';
}

}  // namespace

Command logout_command() {
  return {.words = "logout",
          .purpose = "Forget the login for a registry",
          .about = about,
          .arguments = {&registry_argument},
          .run = run};
}

}  // namespace acedt::cli
