// The settings of the output. Verbosity has a grammar of its own (-vv, -v=8, -v info), which CLI11 does not know, so it
// is taken out of the command line before CLI11 reads the rest.

#include "cli/output_settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/cli/settings.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view section = "Output";

constexpr Setting quiet = {
    .section = section,
    .flag = {"-q,--quiet", "", "Print nothing on standard output; errors still go to standard error"},
    .key = "quiet",
    .set = [](Values& values, const Given& given) { values.quiet = parse_switch(given); },
    .texts = [](const Values& values) { return switch_texts(values.quiet); },
};

constexpr Setting no_term = {
    .section = section,
    .flag = {"--no-term", "", "Print lines instead of a live display, even on a terminal"},
    .key = "hideProgress",
    .set = [](Values& values, const Given& given) { values.no_term = parse_switch(given); },
    .texts = [](const Values& values) { return switch_texts(values.no_term); },
};

constexpr std::string_view log_format_variable = "ACE_DT_LOG_FORMAT";
constexpr Choices<LogFormat, 2> log_formats = {{{"text", LogFormat::text}, {"json", LogFormat::json}}};

constexpr std::string_view long_flag = "--verbosity";
constexpr std::uint64_t max_level = 100;  // above all levels that exist
constexpr int bare = static_cast<int>(LogLevel::warn);

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> names = {
    {{"error", LogLevel::error}, {"warn", LogLevel::warn}, {"info", LogLevel::info}, {"debug", LogLevel::debug}}};

std::optional<int> one_level(std::string_view text) {
  for (const auto& [name, level] : names)
    if (text == name) return static_cast<int>(level);
  if (const auto number = to_number(text)) return static_cast<int>(std::min(*number, max_level));
  return std::nullopt;
}

/// Reads a command line word by word, and keeps the words that do not concern verbosity.
class Filter {
 public:
  explicit Filter(const std::vector<std::string>& words) : words_(words) {}

  std::vector<std::string> run() {
    for (; at_ < words_.size() && words_[at_] != "--"; ++at_) {
      const std::string& word = words_[at_];
      if (word == long_flag) {
        add(level_after().value_or(bare));
      } else if (word.starts_with(long_flag) && word[long_flag.size()] == '=') {
        add(static_cast<int>(parse_level(std::string_view(word).substr(long_flag.size() + 1), long_flag)));
      } else if (word.starts_with('-') && !word.starts_with("--")) {
        short_flags(word);
      } else {
        kept_.push_back(word);
      }
    }
    kept_.insert(kept_.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
    return std::move(kept_);
  }

  std::optional<LogLevel> level() const {
    if (!sum_) return std::nullopt;
    return static_cast<LogLevel>(*sum_);
  }

 private:
  void add(int level) { sum_ = std::min(sum_.value_or(0) + level, static_cast<int>(max_level)); }

  /// Returns the level in the next word, and skips that word; unset if it is not a level.
  std::optional<int> level_after() {
    if (at_ + 1 == words_.size()) return std::nullopt;
    const std::optional<int> level = one_level(words_[at_ + 1]);
    if (level) ++at_;
    return level;
  }

  /// Reads a group such as -qv, -vv, -v=info or -vinfo.
  void short_flags(std::string_view group) {
    const bool several = std::count(group.begin(), group.end(), 'v') > 1;
    std::string others;
    for (std::size_t i = 0; i < group.size(); ++i) {
      const std::string_view rest = group.substr(i + 1);
      if (group[i] != 'v') {
        others += group[i];
      } else if (rest.starts_with('=')) {
        add(static_cast<int>(parse_level(rest.substr(1), "-v")));
        break;
      } else if (const std::optional<int> level = one_level(rest)) {
        add(*level);
        break;
      } else {
        const bool value_may_follow = rest.empty() && !several;
        add((value_may_follow ? level_after() : std::nullopt).value_or(bare));
      }
    }
    if (others != "-" || group == "-") kept_.push_back(others);
  }

  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  std::vector<std::string> kept_;
  std::optional<int> sum_;
};

}  // namespace

constinit const Setting log_format = {
    .section = section,
    .flag =
        {"--log-format", "FORMAT",
         "text: lines for people; json: lines, warnings and errors as JSON, an object in a line, and no live display",
         false, "text json"},
    .key = "logFormat",
    .variable = log_format_variable,
    .set = [](Values& values, const Given& given) { values.log_format = parse_choice(given, log_formats); },
    .texts = [](const Values& values) { return choice_texts(values.log_format, log_formats); },
};

constinit const Setting verbosity = {
    .section = section,
    .flag =
        {"-v,--verbosity", "LEVEL",
         "What to log: error, warn, info, debug, or a number (0, 4, 8, 12); -v info, -v=8; -vv is info, -vvv is debug",
         false, "error warn info debug"},
    .key = "verbosity",
    .variable = "ACE_DT_VERBOSITY",
    .set = [](Values& values, const Given& given) { values.log_level = parse_level(given.text(), given.name()); },
    .texts = [](const Values& values) { return std::vector{level_text(values.log_level)}; },
};

const std::vector<const Setting*>& output_settings() {
  static const std::vector<const Setting*> settings = {&quiet, &no_term, &log_format, &verbosity};
  return settings;
}

bool asks_for_json(const std::vector<std::string>& command_line, const Environment& environment) {
  const std::string flag(log_format.flag.names);
  std::string format = environment(std::string(log_format_variable)).value_or("");
  for (std::size_t i = 0; i < command_line.size() && command_line[i] != "--"; ++i) {
    const std::string& word = command_line[i];
    if (word.starts_with(flag + '=')) format = word.substr(flag.size() + 1);
    if (word == flag && i + 1 < command_line.size()) format = command_line[i + 1];
  }
  return format == "json";
}

LogLevel parse_level(std::string_view text, std::string_view source) {
  int sum = 0;
  for (const std::string_view part : split(text, ',')) {
    const std::optional<int> level = one_level(trim(part));
    const std::string meant = level ? "" : nearest(text, {"error", "warn", "info", "debug"});
    if (!level)
      throw Error(ErrorKind::usage, std::string(source) + ": " + in_quotes(text) + " is not a level")
          .hint((meant.empty() ? "" : "did you mean " + meant + "? ") +
                "use error, warn, info, debug or a number such as 0, 4, 8, 12");
    sum = std::min(sum + *level, static_cast<int>(max_level));
  }
  return static_cast<LogLevel>(sum);
}

std::string level_text(LogLevel level) {
  for (const auto& [name, named] : names)
    if (level == named) return std::string(name);
  return std::to_string(static_cast<int>(level));
}

std::vector<std::string> without_verbosity(const std::vector<std::string>& command_line,
                                           std::optional<LogLevel>& level) {
  Filter filter(command_line);
  std::vector<std::string> kept = filter.run();
  level = filter.level();
  return kept;
}

}  // namespace acedt::cli
