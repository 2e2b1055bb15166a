#include "cli/plan_output.hpp"

#include "acedt/base/error.hpp"
#include "acedt/engine/failure.hpp"

namespace acedt::cli {

serialize::PlanFormat plan_format_of(const Flags& flags) {
  return flags.chosen(plan_format) == "json" ? serialize::PlanFormat::json : serialize::PlanFormat::table;
}

PlanPrinter::PlanPrinter(OutputStream& out, serialize::PlanFormat format) : out_(out), format_(format) {
  out_ << serialize::plan_begin(format_);
}

void PlanPrinter::add(const serialize::PlanRow& row) {
  out_ << serialize::plan_row(row, format_, is_first_);
  is_first_ = false;
  totals_.add(row);
}

void PlanPrinter::finish(const serialize::PlanLimits& limits) {
  out_ << serialize::plan_end(totals_, limits, format_);
}

void PlanProblems::add(const serialize::PlanRow& row) {
  if (row.state == serialize::PlanRow::State::failed)
    problems_.push_back({ErrorKind::bad_input, row.problem, "the plan does not include this row"});
}

void PlanProblems::check() const {
  if (!problems_.empty()) throw engine::SomeFailed(problems_);
}

}  // namespace acedt::cli
