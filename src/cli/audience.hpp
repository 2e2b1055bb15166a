#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/log.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/cli/configuration.hpp"
#include "acedt/plan/shards.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/ui/debug.hpp"
#include "acedt/ui/display.hpp"
#include "acedt/ui/metrics.hpp"
#include "acedt/ui/report.hpp"
#include "acedt/ui/run_record.hpp"
#include "acedt/ui/totals.hpp"

namespace acedt::cli {

/// The output files of a run outside its folder; empty if not requested.
struct OutputFiles {
  std::filesystem::path report = {};   ///< --report: a file
  std::filesystem::path debug = {};    ///< --debug: a folder
  std::filesystem::path metrics = {};  ///< --metrics: a file
};

/// A file that a run needs, and what to call it in a message: "the tracker".
using NeededFile = std::pair<std::filesystem::path, std::string>;

/// Throws Error(usage) if the file of `flag` would overwrite one that a run needs: one of `needed`, a file in .ace-dt,
/// or one with the name of an archive. Call before anything is written.
void check_output_file(const std::filesystem::path& path, const std::string& flag,
                       const std::vector<NeededFile>& needed);
/// The same for --report, --debug and --metrics, and what ui::check_metrics_file() throws.
void check_output_files(const OutputFiles& files, const std::vector<NeededFile>& needed);

inline constexpr Flag report_flag = {
    "--report", "FILE",
    "Write the outcome of each row, as JSON; FILE may be a link, a device, a FIFO with a reader, or /dev/fd/3"};
inline constexpr Flag debug_flag = {
    "--debug", "PATH", "Write all events to PATH/events.jsonl, as JSON lines, and nothing to standard output"};

inline constexpr Flag metrics_flag = {
    "--metrics", "FILE",
    "Write numbers of the run for Prometheus, as node_exporter reads them; FILE must end in .prom"};

/// Returns what --report and --metrics say about a run that starts now. `words`: those of the command. `folder`: the
/// sync folder, or an archive; - is standard input. `destination`, `shard`: see ui::RunStart.
ui::RunStart run_start(std::string_view words, const std::filesystem::path& folder, const std::string& destination = {},
                       const std::optional<plan::Shard>& shard = {});

/// Runs a command that has events: opens the files of --report and --debug after `check` has accepted them, shows what
/// `run` reports, logs, and writes --metrics. Raises the soft limit on open files to the hard limit, as each connection
/// and each archive has a file open.
void show(const Flags& flags, const Setup& setup, Process& process, const ui::RunStart& start,
          const std::function<void(const OutputFiles&)>& check,
          const std::function<void(report::Observer&, const Log&)>& run);

/// The same for a command that prints its outcome itself, and has neither --report nor --debug. `run` adds what is in
/// no event to the totals, as soon as it knows it.
void count(const Flags& flags, Process& process, const Log& log, const ui::RunStart& start,
           const std::vector<NeededFile>& needed, const std::function<void(report::Observer&, ui::Totals&)>& run);

/// Prints a line on standard output: `text`, or as JSON with the level and the fields.
void print_line(Process& process, const Values& values, LogLevel level, const std::string& text,
                std::initializer_list<Log::Field> fields = {});

/// Begins a command that does much: returns its log, which has the warnings of the configuration file, sets how errors
/// are written, and raises the soft limit on open files to the hard limit. `below_status_line`: see make_log().
Log start_log(const Setup& setup, Process& process, bool below_status_line = false);

/// How the progress of a run is shown.
enum class Display { quiet, debug, terminal, lines, json };

/// Returns the display to use. `on_terminal`: stdout is a terminal that can move its cursor.
Display display_for(const Values& values, const OutputFiles& files, bool on_terminal);

/// Returns true if `descriptor` is a terminal that can move its cursor.
bool moves_its_cursor(int descriptor, const Environment& environment);

/// Returns true if output to `descriptor` may be coloured: it is a terminal that can move its cursor, or CLICOLOR_FORCE
/// is set and not 0; and NO_COLOR is empty.
bool has_colours(int descriptor, const Environment& environment);

/// Returns a log that writes to `errors`. `shares_terminal`: stdout shows a live display on the same terminal.
Log make_log(Output& errors, LogLevel threshold, bool shares_terminal);

/// All observers of a run: --report, the totals for it and for --metrics, the log, and --debug or the display.
class Audience {
 public:
  /// Opens the files. Throws Error(usage) or Error(storage) if one cannot be opened. `process` and `log` must outlive
  /// this.
  Audience(OutputFiles files, Display display, Process& process, const Log& log, ui::RunStart start);

  /// Calls `run` with all of them. Throws what `run` throws, else the first failure to write.
  void watch(const std::function<void(report::Observer&, ui::Totals&)>& run);

 private:
  void check_written();

  OutputFiles files_;
  Process& process_;
  const Log& log_;
  std::unique_ptr<report::Observer> shown_;
  std::optional<ui::Debug> debug_;
  ui::RunStart start_;
  std::optional<ui::Logged> logged_;
  std::optional<ui::Counted> counted_;
  std::optional<ui::Report> report_;
};

}  // namespace acedt::cli
