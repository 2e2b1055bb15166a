#include "cli/levels.hpp"

#include <algorithm>

#include "acedt/base/text.hpp"
#include "acedt/cli/configuration.hpp"
#include "cli/output_settings.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view example = R"(Example:
  ace-dt mirror batch-serialize gather.csv sync/data
)";

ShownFlag shown(const Setting& setting) {
  return {&setting.flag, setting.section, help_of(setting)};
}

ShownFlag shown(const Flag& flag) {
  return {&flag, {}, std::string(flag.help)};
}

/// Returns a level with the flags that all have.
Level level(std::string_view words, std::string_view purpose, std::string_view about) {
  Level out{.purpose = purpose, .about = about};
  for (const std::string_view word : split(words, ' '))
    if (!word.empty()) out.words.emplace_back(word);
  out.flags = {shown(help_flag), shown(version_flag), shown(config_flag), {&verbosity.flag, {}, help_of(verbosity)}};
  return out;
}

void add(Level& level, const std::vector<const Setting*>& settings) {
  for (const Setting* setting : settings)
    if (setting != &verbosity) level.flags.push_back(shown(*setting));
}

Level level_of(const Command& command) {
  Level out = level(command.words, command.purpose, command.about);
  out.arguments = command.arguments;
  out.optional_arguments = command.optional_arguments;
  out.command = &command;
  for (const Flag* flag : command.flags) out.flags.push_back(shown(*flag));
  add(out, command.settings);
  return out;
}

}  // namespace

std::string Level::name(std::string_view blank) const {
  std::string name = "ace-dt";
  for (const std::string& word : words) name.append(blank).append(word);
  return name;
}

bool Level::is_below(const Level& other) const {
  return words.size() == other.words.size() + 1 && std::equal(other.words.begin(), other.words.end(), words.begin());
}

std::vector<Level> levels(const CommandTable& table) {
  std::vector<Level> all = {level("", "Tools for artifacts in OCI registries", example)};
  for (const CommandGroup& group : table.groups) {
    all.push_back(level(group.word, group.purpose, example));
    add(all.back(), group.settings);
  }
  for (const Command& command : table.commands) all.push_back(level_of(command));
  return all;
}

std::string help_of(const Setting& setting) {
  std::string remarks;
  const std::string usual = default_text(setting);
  if (!usual.empty()) remarks = "default " + usual;
  if (!setting.variable.empty()) remarks.append(remarks.empty() ? "$" : "; $").append(setting.variable);
  return std::string(setting.flag.help) + (remarks.empty() ? "" : " (" + remarks + ")");
}

}  // namespace acedt::cli
