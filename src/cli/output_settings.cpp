#include "cli/output_settings.hpp"

#include "cli/given.hpp"
#include "cli/verbosity.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view section = "Output";

constexpr Setting quiet = {
    .section = section,
    .flag = {"-q,--quiet", "", "Nothing on standard output; errors still go to standard error"},
    .key = "quiet",
    .set = [](Values& values, const Given& given) { values.quiet = parse_switch(given); },
    .texts = [](const Values& values) { return switch_texts(values.quiet); },
};

constexpr Setting no_term = {
    .section = section,
    .flag = {"--no-term", "", "Lines instead of the live display, also on a terminal"},
    .key = "hideProgress",
    .set = [](Values& values, const Given& given) { values.no_term = parse_switch(given); },
    .texts = [](const Values& values) { return switch_texts(values.no_term); },
};

}  // namespace

constinit const Setting verbosity = {
    .section = section,
    .flag =
        {"-v,--verbosity", "LEVEL",
         "What to log: error, warn, info, debug, or a number (0, 4, 8, 12); -v info, -v=8; -vv is info, -vvv is debug"},
    .key = "verbosity",
    .variable = "ACE_DT_VERBOSITY",
    .set = [](Values& values, const Given& given) { values.log_level = parse_level(given.text(), given.name()); },
    .texts = [](const Values& values) { return std::vector{level_text(values.log_level)}; },
};

const std::vector<const Setting*>& output_settings() {
  static const std::vector<const Setting*> settings = {&quiet, &no_term, &verbosity};
  return settings;
}

}  // namespace acedt::cli
