// Writes the manual and the completion of shells into the folders where they are installed. Meson runs this program at
// the end of `meson install`, so that no other file lists the pages.
//
// usage: acedt-install-texts MAN-FOLDER BASH-FOLDER ZSH-FOLDER FISH-FOLDER

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <span>
#include <string>

#include "acedt/base/text.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/manual.hpp"

namespace {

using namespace acedt;
namespace fs = std::filesystem;

/// Returns the time that builds which can be repeated ask for, else the present.
std::time_t date() {
  const char* given = std::getenv("SOURCE_DATE_EPOCH");
  const auto seconds = to_number(given == nullptr ? "" : given);
  return seconds ? static_cast<std::time_t>(*seconds) : std::time(nullptr);
}

void write(const fs::path& folder, const std::string& name, const std::string& text) {
  fs::create_directories(folder);
  std::ofstream file(folder / name, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error((folder / name).string() + " cannot be written");
}

void install(std::span<char*> folders) {
  const char* prefix = std::getenv("MESON_INSTALL_DESTDIR_PREFIX");
  const fs::path root = prefix == nullptr ? "" : prefix;
  const std::vector<cli::Level> levels = cli::levels(cli::commands());
  for (const cli::ManualPage& page : cli::manual(levels, date()))
    write(root / folders[0] / (std::string("man") + page.section), page.name + "." + page.section, page.text);
  std::size_t next = 1;
  for (const cli::Shell& shell : cli::shells())
    write(root / folders[next++], std::string(shell.file), shell.script(levels));
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> folders(argv + 1, static_cast<std::size_t>(argc - 1));
  if (folders.size() != 1 + cli::shells().size()) return EXIT_FAILURE;
  try {
    install(folders);
    return EXIT_SUCCESS;
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return EXIT_FAILURE;
  }
}
