// The command `mirror ls`: reads the arguments and prints what list::rows_of() returns.

#include "acedt/cli/command.hpp"
#include "acedt/cli/configuration.hpp"
#include "acedt/list/list.hpp"
#include "cli/archive_settings.hpp"
#include "cli/audience.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view about = R"(Examples:
  ace-dt mirror ls sync/data
  ace-dt mirror ls sync/data -o json | jq '.[] | select(.needs != [])'

Lists the archives in the folder and in its tracker, ordered by number. An archive without a size is
not in the folder, or lacks a part; then there is a warning. An archive that is not tracked is not
recorded as done. An archive needs the archives that store the blobs it leaves out.

Takes no lock and writes nothing, so the folder may be on a read-only medium.
)";

constexpr Flag sync_directory = {"SYNC-DIRECTORY", "", "Folder with archives"};
constexpr Flag output = {"-o,--output", "FORMAT", "table, json or csv (default table)", false, "table json csv"};

list::Format format_of(const std::string& text) {
  if (text == "json") return list::Format::json;
  return text == "csv" ? list::Format::csv : list::Format::table;
}

void run(const Flags& flags, Process& process) {
  const Setup setup = set_up(flags, process.environment);
  const list::Format format = format_of(flags.chosen(output));
  const auto rows = list::rows_of(flags.last(sync_directory), setup.settings.values.serialize.tracker_filename);
  const Log log = make_log(process.errors, setup.settings.values.log_level, false);
  for (const list::Row& row : rows)
    for (const std::string& problem : row.problems) log.warn(problem);
  process.out << list::text_of(rows, format);
}

}  // namespace

Command ls_command() {
  return {.words = "mirror ls",
          .purpose = "List the archives of a folder",
          .about = about,
          .arguments = {&sync_directory},
          .flags = {&output},
          .settings = {&tracker_filename},
          .run = run};
}

}  // namespace acedt::cli
