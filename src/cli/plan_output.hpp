#pragma once

#include <vector>

#include "acedt/cli/command.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/serialize/plan_text.hpp"

namespace acedt::cli {

/// How plans are shown.
inline constexpr Flag plan_format = {"-o,--output", "FORMAT", "Format of the plan: table or json (default table)",
                                     false, "table json"};

/// Parses --output. Throws Error(usage).
serialize::PlanFormat plan_format_of(const Flags& flags);

/// Prints a plan while it is made or read.
class PlanPrinter {
 public:
  PlanPrinter(OutputStream& out, serialize::PlanFormat format);

  void add(const serialize::PlanRow& row);
  void finish(const serialize::PlanLimits& limits);

 private:
  OutputStream& out_;
  serialize::PlanFormat format_;
  serialize::PlanTotals totals_;
  bool is_first_ = true;
};

/// Returns the problem of each row that cannot be planned, for engine::SomeFailed.
class PlanProblems {
 public:
  void add(const serialize::PlanRow& row);
  /// Throws engine::SomeFailed if there are any.
  void check() const;

 private:
  std::vector<report::Problem> problems_;
};

}  // namespace acedt::cli
