#pragma once

#include <chrono>
#include <optional>
#include <string>

// What --report and --metrics say about a run as a whole. The times are passed in.

namespace acedt::ui {

/// A moment, on the clock of the calendar and on the one that measures durations.
struct Moment {
  std::chrono::system_clock::time_point date = {};
  std::chrono::steady_clock::time_point time = {};

  /// Returns the current moment.
  static Moment now() { return {std::chrono::system_clock::now(), std::chrono::steady_clock::now()}; }
};

/// A run at its start.
struct RunStart {
  std::string version = {};      ///< of the program
  std::string command = {};      ///< "batch-serialize"
  std::string folder = {};       ///< absolute path of the sync folder, or of the one archive
  std::string destination = {};  ///< of a push, or of what is compared; empty: no registry is written to or compared
  std::string shard = {};        ///< "3/8"; empty: everything
  Moment at = {};
};

/// What ended a run before its time.
struct Cause {
  std::string kind = {};  ///< name(ErrorKind), or "interrupted"
  std::string text = {};
  std::string hint = {};
};

/// A run at its end.
struct RunEnd {
  Moment at = {};
  int exit_status = 0;
  std::optional<Cause> cause = {};  ///< unset if nothing failed, and if the run continued after what failed
};

}  // namespace acedt::ui
