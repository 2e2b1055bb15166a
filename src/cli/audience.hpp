#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "acedt/base/error.hpp"
#include "acedt/base/log.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/ui/debug.hpp"
#include "acedt/ui/display.hpp"
#include "acedt/ui/report.hpp"
#include "cli/output_files.hpp"

namespace acedt::cli {

inline constexpr Flag report_flag = {
    "--report", "FILE", "What became of each row, as JSON; also to a link, a device, a FIFO with a reader, /dev/fd/3"};
inline constexpr Flag debug_flag = {"--debug", "PATH",
                                    "All events as JSON lines in PATH/events.jsonl, and nothing on standard output"};

/// What shows how a run goes.
enum class Display { quiet, debug, terminal, lines };

/// `on_terminal`: stdout is a terminal that can move its cursor.
Display display_for(const Values& values, const OutputFiles& files, bool on_terminal);

/// Whether `descriptor` is a terminal that can move its cursor.
bool moves_its_cursor(int descriptor, const Environment& environment);

/// A log to `errors`. `below_status_line`: stdout has a status line on the same terminal.
Log make_log(Output& errors, LogLevel threshold, bool below_status_line);

/// Everything that is told of a run: --report, the log, and --debug or the display.
class Audience {
 public:
  /// Opens the files. Throws Error(usage), and Error(storage). `process` and `log` must outlive this.
  Audience(const OutputFiles& files, Display display, Process& process, const Log& log);

  /// Calls `run` with all of them. Throws what it throws, else the error of what could not be written.
  void watch(const std::function<void(report::Observer&)>& run);

 private:
  std::optional<Error> unwritten();

  Process& process_;
  const Log& log_;
  std::unique_ptr<report::Observer> shown_;
  std::optional<ui::Debug> debug_;
  std::optional<ui::Logged> logged_;
  std::optional<ui::Report> report_;
};

}  // namespace acedt::cli
