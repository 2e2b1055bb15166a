#pragma once

#include "acedt/base/error.hpp"
#include "acedt/report/event.hpp"
#include "acedt/sync/batch_list.hpp"

namespace acedt::batch {

/// Whether a failure of this kind would be that of the rows behind it too: then there is no use in going on.
bool concerns_all(ErrorKind kind);

report::Problem problem_of(const Error& error);
/// `passed_over`: the run goes on without the row.
report::RowFailed row_failed(const sync::BatchRow& row, const Error& error, bool passed_over);

}  // namespace acedt::batch
