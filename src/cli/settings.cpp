// A setting is set from its flag, else its variable, else the configuration file. The parsers of values name the source
// in their errors.

#include "acedt/cli/settings.hpp"

#include <cstdint>
#include <optional>

#include "cli/archive_settings.hpp"
#include "cli/network_settings.hpp"
#include "cli/output_settings.hpp"

namespace acedt::cli {
namespace {

std::optional<Given> by_flag(const Setting& setting, const Flags& flags) {
  const std::vector<std::string> texts = flags.all(setting.flag);
  if (texts.empty() || texts.back().empty()) return std::nullopt;
  return Given{Given::Origin::flag, std::string(setting.flag.long_name()), {}, texts};
}

std::optional<Given> by_variable(const Setting& setting, const Environment& environment) {
  if (setting.variable.empty()) return std::nullopt;
  const std::string variable(setting.variable);
  const std::string text = environment(variable).value_or("");
  if (text.empty()) return std::nullopt;
  return Given{Given::Origin::variable, variable, {}, {text}};
}

std::optional<Given> by_file(const Setting& setting, const GivenByFile& file) {
  for (const std::string_view key : {setting.key, setting.shared_key}) {
    const auto found = file.find(key);
    if (found != file.end()) return found->second;
  }
  return std::nullopt;
}

}  // namespace

const std::vector<const Setting*>& all_settings() {
  static const std::vector<const Setting*> all = [] {
    std::vector<const Setting*> joined;
    for (const auto* group : {&archive_settings(), &network_settings()})
      joined.insert(joined.end(), group->begin(), group->end());
    joined.push_back(&commit_timeout);
    joined.insert(joined.end(), output_settings().begin(), output_settings().end());
    return joined;
  }();
  return all;
}

std::string default_text(const Setting& setting) {
  const std::vector<std::string> texts = setting.texts({});
  if (texts.empty()) return std::string(setting.unset);
  return setting.flag.value.empty() && texts.back() == "false" ? "" : texts.back();
}

Resolved resolve(const Flags& flags, const Environment& environment, const GivenByFile& file) {
  Resolved out;
  for (const Setting* setting : all_settings()) {
    std::optional<Given> given = by_flag(*setting, flags);
    if (!given) given = by_variable(*setting, environment);
    if (!given) given = by_file(*setting, file);
    if (!given) continue;
    apply(*setting, out.values, *given);
    out.given.emplace(setting, *std::move(given));
  }
  return out;
}

void apply(const Setting& setting, Values& values, const Given& given) {
  try {
    setting.set(values, given);
  } catch (Error& error) {
    if (!given.key.empty()) error.add(given.source);
    throw;
  }
}

Error not_wanted(const Given& given, const std::string& wanted, const std::string& advice) {
  Error error(ErrorKind::usage, given.name() + ": got " + in_quotes(given.text()) + ", want " + wanted);
  error.hint(advice);
  return error;
}

unsigned number_within(const Given& given, unsigned min, unsigned max, const std::string& remark) {
  const auto number = to_number(given.text());
  if (number && *number >= min && *number <= max) return static_cast<unsigned>(*number);
  throw Error(ErrorKind::usage, given.name() + remark + ": got " + in_quotes(given.text()) + ", want a number from " +
                                    std::to_string(min) + " to " + std::to_string(max))
      .hint("choose a number in this range, without a unit");
}

Bytes parse_size(const Given& given) {
  if (const auto size = parse_bytes(given.text())) return *size;
  throw not_wanted(given, "a size such as 48MiB or 1GB", "write a number and a unit: kB, MB, GB, KiB, MiB or GiB");
}

std::string exact(Bytes size) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 6> units = {
      {{"GiB", 1 << 30}, {"GB", 1'000'000'000}, {"MiB", 1 << 20}, {"MB", 1'000'000}, {"KiB", 1 << 10}, {"kB", 1'000}}};
  for (const auto& [name, bytes] : units)
    if (size.count > 0 && size.count % bytes == 0) return std::to_string(size.count / bytes).append(name);
  return std::to_string(size.count);
}

std::chrono::milliseconds parse_wait(const Given& given) {
  if (const auto wait = parse_duration(given.text())) return *wait;
  throw not_wanted(given, "a time such as 500ms, 30s or 2m", "write a number and a unit: ms, s, m or h");
}

bool parse_switch(const Given& given) {
  if (const auto value = parse_switch(given.text())) return *value;
  throw not_one_of(given.name(), given.text(), {"true", "false"});
}

std::vector<std::string> switch_texts(bool value) {
  return {value ? "true" : "false"};
}

}  // namespace acedt::cli
