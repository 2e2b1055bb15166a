#pragma once

#include <optional>
#include <string>

#include "acedt/serialize/plan.hpp"

namespace acedt::serialize {

/// Plans as text, row by row, as they may be very long.
enum class PlanFormat { table, json };

/// What comes before the first row.
std::string plan_begin(PlanFormat format);
/// One row. `is_first`: no other came before it.
std::string plan_row(const PlanRow& row, PlanFormat format, bool is_first);

/// What is known at the end beside the totals.
struct PlanLimits {
  FolderRoom room = {};                 ///< of the folder; without `free` if it was not asked
  std::optional<Bytes> max_rate = {};   ///< per second
  std::optional<unsigned> shards = {};  ///< that the plan is for
};
/// What comes after the last row.
std::string plan_end(const PlanTotals& totals, const PlanLimits& limits, PlanFormat format);

}  // namespace acedt::serialize
