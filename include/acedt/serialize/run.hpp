#pragma once

#include <exception>
#include <utility>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/log.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/serialize/options.hpp"

namespace acedt::serialize {

/// SIGINT or SIGTERM ended the run in good order: what was committed is whole, what was under way is kept for the next
/// run.
struct Interrupted : std::exception {
  explicit Interrupted(int which) : signal(which) {}
  const char* what() const noexcept override { return "interrupted"; }
  int signal;
};

/// With keep_going: all rows but these are done.
struct RowsFailed : std::exception {
  explicit RowsFailed(std::vector<report::RowFailed> failed) : rows(std::move(failed)) {}
  const char* what() const noexcept override { return "some rows failed"; }
  std::vector<report::RowFailed> rows;
};

/// Mirrors the artifacts of a batch list into a sync folder. Blocks until all is done; makes its own threads.
///
/// Throws Error that names the row, after the rows before it were committed; RowsFailed; Interrupted. `observer` is
/// called on the calling thread. Only one run at a time in a process, for the sake of the signal handlers. The sync
/// folder is on `disk`.
report::RunFinished run(const Options& options, report::Observer& observer, const Log& log,
                        const Disk& disk = Disk::real());

}  // namespace acedt::serialize
