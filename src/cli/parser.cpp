// The grammar of the command line, made from the table of commands. CLI11 splits the words and writes the help. The
// values that it finds go to Flags. Words that it does not know are refused here, with a hint.

#include "acedt/cli/command.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/cli/configuration.hpp"
#include "acedt/cli/flags.hpp"
#include "cli/output_settings.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view example = R"(Example:
  ace-dt mirror batch-serialize gather.csv sync/data
)";

/// Returns the help of a setting, with its default and its variable.
std::string help_of(const Setting& setting) {
  std::string remarks;
  const std::string usual = default_text(setting);
  if (!usual.empty()) remarks = "default " + usual;
  if (!setting.variable.empty()) remarks.append(remarks.empty() ? "$" : "; $").append(setting.variable);
  return std::string(setting.flag.help) + (remarks.empty() ? "" : " (" + remarks + ")");
}

/// Returns `help` with one empty line between groups of flags, where CLI11 has two.
std::string one_empty_line(std::string help) {
  for (auto at = help.find("\n\n\n"); at != help.npos; at = help.find("\n\n\n", at)) help.erase(at, 1);
  return help;
}

/// A tree of CLI11 apps, one for each word of the commands.
class Grammar {
 public:
  explicit Grammar(const CommandTable& table) {
    root_.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    add_common(root_);
    for (const CommandGroup& group : table.groups) {
      CLI::App& app = add_app(root_, std::string(group.word), group.purpose);
      for (const Setting* setting : group.settings) add(app, *setting);
    }
    for (const Command& command : table.commands) add(command);
  }

  /// Returns the command to run, or the text to print. Throws Error(usage).
  std::variant<Parsed, std::string> parse(std::vector<std::string> command_line) {
    std::reverse(command_line.begin(), command_line.end());  // CLI11 expects the last word first
    try {
      root_.parse(std::move(command_line));
    } catch (const CLI::CallForHelp&) {
      return one_empty_line(root_.help());
    } catch (const CLI::CallForVersion&) {
      return "ace-dt " ACEDT_VERSION "\n";
    } catch (const CLI::ParseError& problem) {
      refuse_unknown_words();
      throw Error(ErrorKind::usage, problem.what()).hint(see_help());
    }
    const auto command = commands_.find(path().back());
    if (command == commands_.end()) return one_empty_line(root_.help());
    Parsed parsed{command->second};
    for (const CLI::App* app : path())
      for (const auto& [option, flag] : flags_[app])
        for (const std::string& text : option->results()) parsed.flags.add(*flag, text);
    return parsed;
  }

 private:
  /// Returns the apps from the root to the innermost word of the command.
  std::vector<CLI::App*> path() {
    std::vector<CLI::App*> found = {&root_};
    while (!found.back()->get_subcommands().empty()) found.push_back(found.back()->get_subcommands().front());
    return found;
  }
  std::string command() {
    std::string names;
    for (const CLI::App* app : path()) names.append(names.empty() ? "" : " ").append(app->get_name());
    return names;
  }
  std::string see_help() { return "see " + command() + " --help"; }

  /// Returns "commands: mirror batch-serialize, config", those below `app`; empty if there are none.
  static std::string commands_below(CLI::App& app) {
    std::string names;
    const auto add = [&](const std::string& name) { names.append(names.empty() ? "commands: " : ", ").append(name); };
    for (CLI::App* below : app.get_subcommands([](CLI::App*) { return true; })) {
      const auto last = below->get_subcommands([](CLI::App*) { return true; });
      if (last.empty()) add(below->get_name());
      for (const CLI::App* one : last) add(below->get_name() + " " + one->get_name());
    }
    return names;
  }

  /// Throws if CLI11 failed at an unknown word.
  void refuse_unknown_words() {
    const std::vector<std::string> unknown = root_.remaining(true);
    const auto flag = std::find_if(unknown.begin(), unknown.end(),
                                   [](const std::string& word) { return word.size() > 1 && word.starts_with('-'); });
    if (flag != unknown.end() && *flag != "--") refuse_flag(*flag);
    if (unknown.empty()) return;
    CLI::App& app = *path().back();
    const std::string known = commands_below(app);
    if (known.empty())
      throw Error(ErrorKind::usage, "unexpected argument " + in_quotes(unknown.front()))
          .hint(app.get_name() + " takes " + arguments_of(app) + "; " + see_help());
    throw Error(ErrorKind::usage, "unknown command " + in_quotes(unknown.front()) + " for " + command())
        .hint(known + "; " + see_help());
  }

  /// Returns "two arguments, BATCH-LIST and SYNC-DIRECTORY", or "no arguments".
  static std::string arguments_of(CLI::App& app) {
    static constexpr std::array counts = {"no arguments", "one argument, ", "two arguments, "};
    std::string names;
    std::size_t count = 0;
    for (const CLI::Option* option : app.get_options([](CLI::Option* one) { return one->get_positional(); })) {
      names.append(count == 0 ? "" : " and ").append(option->get_name(true));
      ++count;
    }
    return (count < counts.size() ? counts[count] : "arguments ") + names;
  }

  [[noreturn]] void refuse_flag(const std::string& word) {
    const std::string flag = word.substr(0, word.find('='));
    std::vector<std::string> known;
    for (const CLI::Option* option : path().back()->get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    const std::string meant = nearest(flag, known);
    throw Error(ErrorKind::usage, "unknown flag: " + flag)
        .hint(meant.empty() ? see_help() : "did you mean " + meant + "? " + see_help());
  }

  CLI::App& add_app(CLI::App& parent, const std::string& name, std::string_view purpose) {
    CLI::App& app = *parent.add_subcommand(name, std::string(purpose));
    add_common(app);
    return app;
  }

  void add(const Command& command) {
    const std::vector<std::string_view> words = split(command.words, ' ');
    CLI::App& parent = words.size() == 1 ? root_ : *root_.get_subcommand(std::string(words.front()));
    CLI::App& app = add_app(parent, std::string(words.back()), command.purpose);
    app.footer(std::string(command.about));
    for (const Flag* argument : command.arguments) add(app, *argument, std::string(argument->help))->required();
    for (const Flag* argument : command.optional_arguments) add(app, *argument, std::string(argument->help));
    for (const Flag* flag : command.flags) add(app, *flag, std::string(flag->help));
    for (const Setting* setting : command.settings) add(app, *setting);
    commands_.emplace(&app, &command);
  }

  /// Adds the flags of every level.
  void add_common(CLI::App& app) {
    app.require_subcommand(0, 1);
    app.footer(std::string(example));
    app.set_help_flag("-h,--help", "Print this help");
    app.set_version_flag("--version", "")->description("Print the version");
    add(app, config_flag, std::string(config_flag.help));
    // For the help only: without_verbosity() removes it from the command line.
    add(app, verbosity.flag, help_of(verbosity));
  }

  void add(CLI::App& app, const Setting& setting) {
    if (&setting != &verbosity) add(app, setting.flag, help_of(setting))->group(std::string(setting.section));
  }

  CLI::Option* add(CLI::App& app, const Flag& flag, const std::string& help) {
    const std::string names(flag.names);
    const bool is_switch = flag.value.empty() && names.starts_with('-');
    CLI::Option* option = is_switch ? app.add_flag(names) : app.add_option(names, CLI::callback_t());
    option->description(wrapped(help));
    if (!is_switch) option->type_name(std::string(flag.value));
    if (flag.is_repeated) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    if (flag.is_repeated) option->allow_extra_args(option->get_positional());
    flags_[&app].emplace_back(option, &flag);
    return option;
  }

  CLI::App root_{"Tools for artifacts in OCI registries", "ace-dt"};
  std::map<const CLI::App*, const Command*> commands_;
  std::map<const CLI::App*, std::vector<std::pair<const CLI::Option*, const Flag*>>> flags_;
};

/// Rewrites two forms that CLI11 reads differently: `--flag=` gets an empty next word as its value, and `-q=false`
/// becomes `--quiet=false`.
std::vector<std::string> as_cli11_reads(const CommandTable& table, const std::vector<std::string>& command_line) {
  std::map<std::string, std::string> long_names;  // of switches with a letter: "-q=" -> "--quiet="
  for (const Command& command : table.commands)
    for (const Setting* setting : command.settings)
      if (setting->flag.value.empty() && setting->flag.names[1] != '-')
        long_names[std::string(setting->flag.names.substr(0, 2)) + '='] = std::string(setting->flag.long_name()) + '=';
  std::vector<std::string> out;
  bool flags = true;
  for (std::string word : command_line) {
    flags = flags && word != "--";
    const auto long_name = long_names.find(word.substr(0, 3));
    if (flags && long_name != long_names.end()) word.replace(0, 3, long_name->second);
    const bool empty_value = flags && word.starts_with("--") && word.find('=') == word.size() - 1;
    if (empty_value) word.pop_back();
    out.push_back(std::move(word));
    if (empty_value) out.emplace_back();
  }
  return out;
}

}  // namespace

std::variant<Parsed, std::string> parse(const CommandTable& table, const std::vector<std::string>& command_line) {
  std::optional<LogLevel> level;
  const std::vector<std::string> rest = without_verbosity(command_line, level);
  auto parsed = Grammar(table).parse(as_cli11_reads(table, rest));
  if (auto* found = std::get_if<Parsed>(&parsed); found != nullptr && level)
    found->flags.add(verbosity.flag, level_text(*level));
  return parsed;
}

}  // namespace acedt::cli
