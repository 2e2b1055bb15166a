#pragma once

#include <exception>

#include "acedt/base/error.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/sync/batch_list.hpp"

namespace acedt::engine {

/// Whether a failure of this kind would be that of the rows behind it too: then there is no use in going on.
bool concerns_all(ErrorKind kind);

/// Throws `failure` as the Error that it is or stands for: as_error(). Cancellation is thrown as it is.
[[noreturn]] void throw_as_error(const std::exception_ptr& failure);

report::Problem problem_of(const Error& error);
/// The same of an Error that was thrown.
report::Problem problem_of(const std::exception_ptr& error);
/// `passed_over`: the run goes on without the row.
report::RowFailed row_failed(const sync::BatchRow& row, const Error& error, bool passed_over);

}  // namespace acedt::engine
