#pragma once

#include <exception>
#include <utility>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/sync/batch_list.hpp"

namespace acedt::engine {

/// SIGINT or SIGTERM ended the run in an orderly way: what is done is recorded, and the next run goes on from there.
struct Interrupted : std::exception {
  explicit Interrupted(int which) : signal(which) {}
  const char* what() const noexcept override { return "interrupted"; }
  int signal;
};

/// With keep_going: everything is done except this.
struct SomeFailed : std::exception {
  explicit SomeFailed(std::vector<report::Problem> failed) : problems(std::move(failed)) {}
  const char* what() const noexcept override { return "some failed"; }
  std::vector<report::Problem> problems;
};

/// Returns true if a failure of this kind would hit the rows after it as well, so that continuing is pointless: the
/// disk, the lock of the folder, or an internal error.
bool concerns_all(ErrorKind kind);

/// Throws as_error(failure); rethrows cancellation unchanged.
[[noreturn]] void throw_as_error(const std::exception_ptr& failure);

/// Returns kind, text and hint of `error`, as reports have them.
report::Problem problem_of(const Error& error);
/// The same for a caught Error. Rethrows `error` if it is anything else.
report::Problem problem_of(const std::exception_ptr& error);
/// Returns the event of a failed row. `passed_over`: the run continues without the row.
report::RowFailed row_failed(const sync::BatchRow& row, const Error& error, bool passed_over);

}  // namespace acedt::engine
