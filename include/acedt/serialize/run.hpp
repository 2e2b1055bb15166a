#pragma once

#include <exception>
#include <utility>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/log.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/serialize/options.hpp"

namespace acedt::serialize {

/// SIGINT or SIGTERM ended the run in an orderly way: committed archives are complete, and unfinished ones are kept for
/// the next run.
struct Interrupted : std::exception {
  explicit Interrupted(int which) : signal(which) {}
  const char* what() const noexcept override { return "interrupted"; }
  int signal;
};

/// With keep_going: all rows except these are done.
struct RowsFailed : std::exception {
  explicit RowsFailed(std::vector<report::RowFailed> failed) : rows(std::move(failed)) {}
  const char* what() const noexcept override { return "some rows failed"; }
  std::vector<report::RowFailed> rows;
};

/// Mirrors the artifacts of a batch list into a sync folder on `disk`. Blocks until it is done; starts its own threads.
/// `observer` is called on the calling thread. A process may have only one run at a time, as a run handles signals.
///
/// Throws Error(usage) if the list, an option or the tracker is wrong, before anything is fetched; Error(locked) if
/// another process has the folder; the Error of a row, with file, line, name and artifact, after the rows before it
/// were committed; RowsFailed; Interrupted. Any other exception becomes an Error(internal) once the run has started.
report::RunFinished run(const Options& options, report::Observer& observer, const Log& log,
                        const Disk& disk = Disk::real());

}  // namespace acedt::serialize
