#include "acedt/cli/settings.hpp"

#include <optional>

#include "cli/archive_settings.hpp"
#include "cli/network_settings.hpp"
#include "cli/output_settings.hpp"

namespace acedt::cli {
namespace {

std::optional<Given> by_flag(const Setting& setting, const Words& words) {
  const std::vector<std::string> texts = words.all(setting.flag);
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
    for (const auto* group : {&archive_settings(), &network_settings(), &output_settings()})
      joined.insert(joined.end(), group->begin(), group->end());
    return joined;
  }();
  return all;
}

std::string default_text(const Setting& setting) {
  const std::vector<std::string> texts = setting.texts({});
  if (texts.empty()) return std::string(setting.unset);
  return setting.flag.value.empty() && texts.back() == "false" ? "" : texts.back();
}

Resolved resolve(const Words& words, const Environment& environment, const GivenByFile& file) {
  Resolved out;
  for (const Setting* setting : all_settings()) {
    std::optional<Given> given = by_flag(*setting, words);
    if (!given) given = by_variable(*setting, environment);
    if (!given) given = by_file(*setting, file);
    if (!given) continue;
    setting->set(out.values, *given);
    out.given.emplace(setting, *std::move(given));
  }
  return out;
}

}  // namespace acedt::cli
