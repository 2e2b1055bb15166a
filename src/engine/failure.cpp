#include "acedt/engine/failure.hpp"

#include "acedt/async/asio.hpp"

namespace acedt::engine {

bool concerns_all(ErrorKind kind) {
  return kind == ErrorKind::storage || kind == ErrorKind::no_space || kind == ErrorKind::locked ||
         kind == ErrorKind::internal;
}

void throw_as_error(const std::exception_ptr& failure) {
  std::rethrow_exception(async::is_cancellation(failure) ? failure : as_error(failure));
}

report::Problem problem_of(const Error& error) {
  return {error.kind(), error.what(), error.hint()};
}

report::Problem problem_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& problem) {
    return problem_of(problem);
  }
}

report::RowFailed row_failed(const sync::BatchRow& row, const Error& error, bool passed_over) {
  return {row.name, row.artifact, problem_of(error), error.attempts(), passed_over, row.line};
}

}  // namespace acedt::engine
