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
#include "acedt/cli/flags.hpp"
#include "cli/levels.hpp"
#include "cli/output_settings.hpp"

namespace acedt::cli {
namespace {

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
    for (const Level& level : levels(table)) add(level);
  }

  /// Returns the command to run, or the text to print. `typed` is the command line before it was rewritten for CLI11.
  /// Throws Error(usage).
  std::variant<Parsed, std::string> parse(const std::vector<std::string>& command_line,
                                          const std::vector<std::string>& typed) {
    typed_ = typed;
    try {
      root_.parse(std::vector(command_line.rbegin(), command_line.rend()));  // CLI11 expects the last word first
    } catch (const CLI::CallForHelp&) {
      refuse_unknown_command();
      return one_empty_line(root_.help());
    } catch (const CLI::CallForVersion&) {
      return "ace-dt " ACEDT_VERSION "\n";
    } catch (const CLI::ParseError& problem) {
      refuse_unknown_words();
      refuse_flag_without_value(command_line);
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

  /// Returns the commands below `app`, by their last words: "ls" -> "mirror ls"; and groups, by theirs.
  static std::map<std::string, std::string> commands_below(CLI::App& app) {
    std::map<std::string, std::string> names;
    for (CLI::App* below : app.get_subcommands([](CLI::App*) { return true; })) {
      names[below->get_name()] = below->get_name();
      for (const auto& [word, words] : commands_below(*below)) names[word] = below->get_name() + " " + words;
    }
    return names;
  }

  /// Throws if CLI11 failed at an unknown word.
  void refuse_unknown_words() {
    const std::vector<std::string> unknown = root_.remaining(true);
    const auto flag = std::find_if(unknown.begin(), unknown.end(), looks_like_flag);
    if (flag != unknown.end() && *flag != "--") refuse_flag(*flag);
    refuse_unknown_command();
    if (unknown.empty()) return;
    CLI::App& app = *path().back();
    throw Error(ErrorKind::usage, "unexpected argument " + in_quotes(unknown.front()))
        .hint(misspelt_level() + app.get_name() + " takes " + arguments_of(app) + "; " + see_help());
  }

  /// Returns "did you mean -v debug? " if a word after -v is nearly a level. -v alone is a flag, too, so that the word
  /// was read as an argument.
  std::string misspelt_level() const {
    const std::vector<std::string> levels = {"error", "warn", "info", "debug"};
    for (std::size_t i = 1; i < typed_.size(); ++i) {
      const bool is_level = typed_[i - 1] == "-v" || typed_[i - 1] == "--verbosity";
      const std::string meant = is_level ? nearest(typed_[i], levels) : "";
      if (!meant.empty()) return "did you mean " + typed_[i - 1] + " " + meant + "? ";
    }
    return {};
  }

  /// Throws if CLI11 failed because the last word is a flag that needs a value.
  void refuse_flag_without_value(const std::vector<std::string>& command_line) {
    for (const CLI::Option* option : path().back()->get_options()) {
      const bool is_last = !command_line.empty() && option->check_name(command_line.back());
      if (!is_last || option->get_type_size() == 0) continue;
      throw Error(ErrorKind::usage, command_line.back() + " needs a value")
          .hint("write " + command_line.back() + " " + option->get_type_name() + "; " + see_help());
    }
  }

  static bool looks_like_flag(const std::string& word) { return word.size() > 1 && word.starts_with('-'); }

  /// Throws if a word stands where a command should.
  void refuse_unknown_command() {
    const std::vector<std::string> unknown = root_.remaining(true);
    const auto word = std::find_if_not(unknown.begin(), unknown.end(), looks_like_flag);
    const std::map<std::string, std::string> known = commands_below(*path().back());
    if (word == unknown.end() || known.empty()) return;
    std::vector<std::string> names;
    for (const auto& [name, words] : known) names.push_back(name);
    const auto longer = std::ranges::find_if(names, [&](const auto& name) { return name.ends_with("-" + *word); });
    const std::string meant = longer != names.end() ? *longer : nearest(*word, names);
    throw Error(ErrorKind::usage, "unknown command " + in_quotes(*word) + " for " + command())
        .hint((meant.empty() ? "" : "did you mean " + command() + " " + known.at(meant) + "? ") + see_help());
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

  /// Returns the flag as it was typed: CLI11 takes known letters off a word such as -retries.
  std::string as_typed(const std::string& word) const {
    const auto is_group = [&](const std::string& one) {
      return looks_like_flag(one) && !one.starts_with("--") && one.ends_with(word.substr(1));
    };
    const auto group = std::ranges::find_if(typed_, is_group);
    return group == typed_.end() || word.starts_with("--") ? word : *group;
  }

  /// Returns the commands that have the flag: "ace-dt mirror verify".
  std::string command_with(const std::string& flag) const {
    for (const auto& [app, command] : commands_)
      if (app->get_option_no_throw(flag) != nullptr) return "ace-dt " + std::string(command->words);
    return {};
  }

  [[noreturn]] void refuse_flag(const std::string& word) {
    const std::string flag = as_typed(word.substr(0, word.find('=')));
    std::vector<std::string> known;
    for (const CLI::Option* option : path().back()->get_options())
      known.insert(known.end(), option->get_lnames().begin(), option->get_lnames().end());
    const std::string meant = nearest(flag.substr(flag.find_first_not_of('-')), known);
    const std::string elsewhere = command_with(flag);
    std::string hint = see_help();
    if (!elsewhere.empty())
      hint = "it is a flag of " + elsewhere + ", and follows all words of the command; " + hint;
    else if (!meant.empty())
      hint = "did you mean --" + meant + "? " + hint;
    throw Error(ErrorKind::usage, "unknown flag: " + flag).hint(hint);
  }

  void add(const Level& level) {
    CLI::App* app = &root_;
    for (const std::string& word : level.words)
      app = &word == &level.words.back() ? app->add_subcommand(word) : app->get_subcommand(word);
    app->description(std::string(level.purpose));
    app->require_subcommand(0, 1);
    app->footer(std::string(level.about));
    for (const ShownFlag& shown : level.flags) add(*app, shown);
    for (const Flag* argument : level.arguments) add(*app, *argument, std::string(argument->help))->required();
    for (const Flag* argument : level.optional_arguments) add(*app, *argument, std::string(argument->help));
    if (level.command != nullptr) commands_.emplace(app, level.command);
  }

  void add(CLI::App& app, const ShownFlag& shown) {
    if (shown.flag == &help_flag) {
      app.set_help_flag(std::string(help_flag.names), shown.help);
    } else if (shown.flag == &version_flag) {
      app.set_version_flag(std::string(version_flag.names), "")->description(shown.help);
    } else {  // verbosity for the help only: without_verbosity() removes it from the command line
      CLI::Option* option = add(app, *shown.flag, shown.help);
      if (!shown.section.empty()) option->group(std::string(shown.section));
    }
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

  CLI::App root_{"", "ace-dt"};
  std::vector<std::string> typed_;
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
  auto parsed = Grammar(table).parse(as_cli11_reads(table, rest), command_line);
  if (auto* found = std::get_if<Parsed>(&parsed); found != nullptr && level)
    found->flags.add(verbosity.flag, level_text(*level));
  return parsed;
}

}  // namespace acedt::cli
