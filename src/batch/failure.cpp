#include "batch/failure.hpp"

namespace acedt::batch {

bool concerns_all(ErrorKind kind) {
  return kind == ErrorKind::storage || kind == ErrorKind::no_space || kind == ErrorKind::locked;
}

report::Problem problem_of(const Error& error) {
  return {error.kind(), error.what(), error.hint()};
}

report::RowFailed row_failed(const sync::BatchRow& row, const Error& error, bool passed_over) {
  return {row.name, row.artifact, problem_of(error), error.attempts(), passed_over, row.line};
}

}  // namespace acedt::batch
