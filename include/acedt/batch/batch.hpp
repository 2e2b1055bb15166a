#pragma once

#include <exception>

#include "acedt/base/log.hpp"
#include "acedt/batch/options.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::batch {

/// SIGINT or SIGTERM ended the run in good order: what was committed is whole, what was under way is kept for the next
/// run.
struct Interrupted : std::exception {
  explicit Interrupted(int which) : signal(which) {}
  const char* what() const noexcept override { return "interrupted"; }
  int signal;
};

/// Mirrors the artifacts of a batch list into a sync folder. Blocks until all is done; makes its own threads.
///
/// Throws Error that names the row, after the rows before it were committed; Interrupted. `observer` is called on the
/// calling thread. Only one run at a time in a process, for the sake of the signal handlers.
report::RunFinished run(const Options& options, report::Observer& observer, const Log& log);

}  // namespace acedt::batch
