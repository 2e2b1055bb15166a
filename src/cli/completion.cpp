// The completion of shells: a script for each, made from the levels of the command line, and the command that prints
// it. A script finds the level that the words before the cursor are at. There it offers the words that may follow, the
// flags once a "-" is typed, and the choices of a flag after it; else the names of files.

#include "cli/completion.hpp"

#include <algorithm>
#include <array>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "cli/commands.hpp"

namespace acedt::cli {
namespace {

using Texts = std::vector<std::string>;

/// A word with its description.
using Described = std::pair<std::string, std::string>;

/// Returns a word of the shell, whatever is in `text`.
std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string joined(const Texts& texts, std::string_view between) {
  std::string out;
  for (const std::string& text : texts) out.append(out.empty() ? "" : between).append(text);
  return out;
}

/// Returns the words of the level, each after a blank: " mirror ls".
std::string path_of(const Level& level) {
  std::string path;
  for (const std::string& word : level.words) path.append(" ").append(word);
  return path;
}

/// Returns "' mirror' | ' mirror ls'", or with another separator: all levels below the program.
std::string paths(const std::vector<Level>& levels, std::string_view between) {
  Texts all;
  for (const Level& level : levels)
    if (!level.words.empty()) all.push_back(shell_word(path_of(level)));
  return joined(all, between);
}

/// Returns {"-o", "--output"}.
Texts names_of(const Flag& flag) {
  Texts names;
  for (const std::string_view name : split(flag.names, ',')) names.emplace_back(name);
  return names;
}

std::vector<Described> words_after(const Level& level, const std::vector<Level>& levels) {
  std::vector<Described> words;
  for (const Level& other : levels)
    if (other.is_below(level)) words.emplace_back(other.words.back(), other.purpose);
  for (const Flag* argument : level.arguments)
    for (const std::string_view choice : split(argument->choices, ' '))
      if (!choice.empty()) words.emplace_back(choice, argument->help);
  return words;
}

std::vector<Described> flags_of(const Level& level) {
  std::vector<Described> flags;
  for (const ShownFlag& shown : level.flags)
    for (const std::string& name : names_of(*shown.flag)) flags.emplace_back(name, shown.flag->help);
  return flags;
}

std::string first_of(const std::vector<Described>& all) {
  Texts words;
  for (const auto& [word, description] : all) words.push_back(word);
  return shell_word(joined(words, " "));
}

/// Returns the branches of a `case $command,$flag`: what bash and zsh do after a flag that has choices.
std::string choice_cases(const std::vector<Level>& levels, std::string_view variable) {
  std::string out;
  for (const Level& level : levels) {
    for (const ShownFlag& shown : level.flags) {
      if (shown.flag->choices.empty()) continue;
      Texts patterns;
      for (const std::string& name : names_of(*shown.flag)) patterns.push_back(shell_word(path_of(level) + "," + name));
      out.append("    ").append(joined(patterns, " | ")).append(") ").append(variable);
      out.append("=(").append(shown.flag->choices).append(") ;;\n");
    }
  }
  return out;
}

std::string bash(const std::vector<Level>& levels) {
  std::string cases;
  for (const Level& level : levels)
    cases += "    " + shell_word(path_of(level)) + ") words=" + first_of(words_after(level, levels)) +
             " flags=" + first_of(flags_of(level)) + " ;;\n";
  return R"(# bash completion of ace-dt, which `ace-dt completion bash` prints.
_ace_dt() {
  local word=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD - 1]} command='' words='' flags='' i
  local -a choices=()
  if [[ $word == '=' ]]; then
    word=''
  elif [[ $flag == '=' ]]; then
    flag=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command ${COMP_WORDS[i]}" in
      )" +
         paths(levels, " | ") +
         R"() command+=" ${COMP_WORDS[i]}" ;;
    esac
  done
  case $command in
)" + cases +
         R"(  esac
  case $command,$flag in
)" + choice_cases(levels, "choices") +
         R"(  esac
  [[ $word != -* ]] || words=$flags
  [[ ${#choices[@]} -eq 0 ]] || words=${choices[*]}
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _ace_dt ace-dt
)";
}

/// Returns the elements of an array for _describe of zsh: 'ls:List the archives of a folder'.
std::string described(const std::vector<Described>& all) {
  Texts words;
  for (const auto& [word, description] : all) words.push_back(shell_word(word + ":" + description));
  return joined(words, " ");
}

std::string zsh(const std::vector<Level>& levels) {
  std::string cases;
  for (const Level& level : levels)
    cases += "    " + shell_word(path_of(level)) + ")\n      following=(" + described(words_after(level, levels)) +
             ")\n      flags=(" + described(flags_of(level)) + ")\n      ;;\n";
  return R"(#compdef ace-dt
# zsh completion of ace-dt, which `ace-dt completion zsh` prints.
_ace-dt() {
  local command='' flag=$words[CURRENT-1] word
  local -a following flags choices
  for word in ${words[2,CURRENT-1]}; do
    case "$command $word" in
      )" +
         paths(levels, " | ") +
         R"() command+=" $word" ;;
    esac
  done
  case $command in
)" + cases +
         R"(  esac
  if compset -P '--*='; then flag=${IPREFIX%=}; fi
  case $command,$flag in
)" + choice_cases(levels, "choices") +
         R"(  esac
  if (( $#choices )); then
    compadd -a choices
  elif [[ $PREFIX == -* ]]; then
    _describe -o flag flags
  elif (( $#following )); then
    _describe command following
  else
    _files
  fi
}
if [[ $funcstack[1] == _ace-dt ]]; then
  _ace-dt "$@"
else
  compdef _ace-dt ace-dt
fi
)";
}

/// Returns the fish command for a flag, without its condition: "-s o -l output -x -a 'table json' -d '…'".
std::string fish_flag(const Flag& flag) {
  std::string out;
  for (const std::string& name : names_of(flag))
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!flag.choices.empty()) out += " -x -a " + shell_word(flag.choices);
  if (!flag.value.empty() && flag.choices.empty()) out += " -r";
  return out + " -d " + shell_word(flag.help);
}

std::string fish(const std::vector<Level>& levels) {
  std::string out = R"(# fish completion of ace-dt, which `ace-dt completion fish` prints.
function __ace_dt_at
    set -l command ''
    for word in (commandline -opc)[2..]
        switch "$command $word"
            case )" +
                    paths(levels, " ") +
                    R"(
                set command "$command $word"
        end
    end
    test "$command" = "$argv[1]"
end
)";
  for (const Level& level : levels) {
    const std::string start = "complete -c ace-dt -n " + shell_word("__ace_dt_at \"" + path_of(level) + "\"");
    for (const auto& [word, description] : words_after(level, levels))
      out += start + " -f -a " + word + " -d " + shell_word(description) + "\n";
    for (const ShownFlag& shown : level.flags) out += start + fish_flag(*shown.flag) + "\n";
  }
  return out;
}

constexpr std::array all = {Shell{"bash", "ace-dt", bash}, Shell{"zsh", "_ace-dt", zsh},
                            Shell{"fish", "ace-dt.fish", fish}};

constexpr std::string_view about = R"(Examples:
  . <(ace-dt completion bash)
  ace-dt completion zsh > ~/.zsh/completions/_ace-dt
  ace-dt completion fish > ~/.config/fish/completions/ace-dt.fish

Prints a script that completes commands, flags and their values when Tab is pressed. An installed
ace-dt has these scripts where the shells look for them.
)";

constexpr Flag shell_argument = {"SHELL", "", "bash, zsh or fish", false, "bash zsh fish"};

void run(const Flags& flags, Process& process) {
  const auto shell = std::ranges::find(all, flags.chosen(shell_argument), &Shell::name);
  if (shell != all.end()) process.out << shell->script(levels(commands()));
}

}  // namespace

std::span<const Shell> shells() {
  return all;
}

Command completion_command() {
  return {.words = "completion",
          .purpose = "Print a script for the completion of a shell",
          .about = about,
          .arguments = {&shell_argument},
          .run = run};
}

}  // namespace acedt::cli
