// A run is one pass of the pipeline, or several. Within a pass, nothing is undone: archives are planned from what
// earlier rows will store. So if that turns out to be wrong, the pass ends after the rows before, and another one plans
// the remaining rows anew, from what the folder really has. This happens:
//   - when a row failed after it was planned, with keep_going: later rows may have counted on its blobs;
//   - when wrong bytes got into a compressed archive, which cannot be overwritten;
//   - when an archive of the folder turns out to be damaged: it is rebuilt first.
// Each time, a row is removed, or an archive is rebuilt that was not rebuilt before. So a run always ends.

#include "serialize/passes.hpp"

#include <algorithm>
#include <utility>

#include "acedt/async/runtime.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/engine/stored_content.hpp"
#include "serialize/rows.hpp"

namespace acedt::serialize {

Passes::Passes(const Options& options, const engine::Inputs& inputs, std::vector<sync::BatchRow> rows, PlanFile plan,
               sync::Folder& folder, report::Observer& observer, const Log& log)
    : options_(options),
      inputs_(inputs),
      rows_(std::move(rows)),
      to_do_(rows_.size()),
      plan_(std::move(plan)),
      folder_(folder),
      observer_(observer),
      log_(log) {
  put_lost_first();
}

report::RunFinished Passes::finish() {
  std::exception_ptr failure;
  int signal = 0;
  try {
    for (bool again = !rows_.empty(); again;) again = pass(signal);
  } catch (...) {
    failure = as_error(std::current_exception());
    total_.problem = engine::problem_of(failure);
  }
  std::ranges::sort(failed_, {}, &report::RowFailed::line);
  total_.failed = failed_.size();
  total_.complete = !failure && signal == 0 && failed_.empty() && total_.archives + skipped_ == to_do_;
  if (total_.complete) folder_.remove_partial_archives();
  for (sync::BatchRow& row : rows_)
    report::tell(observer_, report::RowLeft{std::move(row.name), std::move(row.artifact)});
  report::tell(observer_, total_);
  if (failure) std::rethrow_exception(failure);
  if (signal != 0) throw engine::Interrupted(signal);
  if (!failed_.empty()) throw engine::SomeFailed(problems());
  return total_;
}

std::vector<report::Problem> Passes::problems() const {
  std::vector<report::Problem> problems;
  for (const report::RowFailed& row : failed_) problems.push_back(row.problem);
  return problems;
}

/// Runs one pipeline over the rows that are left. Returns true if another one is needed. `signal`: see
/// Runtime::run().
bool Passes::pass(int& signal) {
  async::Runtime runtime(async::processors());
  Pipeline pipeline(options_, inputs_, rows_, plan_, folder_, runtime, observer_, log_);
  std::exception_ptr failure;
  try {
    signal = runtime.run([&] { return pipeline.run(); });
  } catch (...) {
    failure = std::current_exception();
  }
  take(pipeline);
  if (!failure) return false;
  if (is_news_of_damage(failure)) {
    if (plan_ != nullptr) remove_damaged(failure);
    folder_.reload();
    for (const std::string& archive : damaged_) folder_.suspect(archive);
    put_lost_first();
    return true;
  }
  if (failure != pipeline.results().failure()) std::rethrow_exception(failure);
  const bool again = pass_over(failure);
  if (again) folder_.reload();
  return again;
}

bool Passes::is_news_of_damage(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const engine::DamagedArchive& damaged) {
    return damaged_.insert(damaged.archive).second;
  } catch (...) {
    return false;
  }
}

/// Removes the damaged archives of a shard, so that its next run makes them again, and rethrows `failure`.
void Passes::remove_damaged(const std::exception_ptr& failure) const {
  for (const std::string& archive : damaged_) {
    folder_.disk().remove(folder_.archive_path(archive));
    remove_parts(folder_.disk(), folder_.archive_path(archive));
  }
  try {
    std::rethrow_exception(failure);
  } catch (Error& error) {
    error.hint("run the same shard again: the damaged archive was removed, and is made again");
    throw;
  }
}

/// Puts lost archives of the folder before all rows, as those may need them.
void Passes::put_lost_first() {
  if (plan_ != nullptr) return;  // the shard's rows include them
  const std::size_t before = rows_.size();
  serialize::put_lost_first(rows_, folder_, options_);
  to_do_ += rows_.size() - before;
  for (const sync::BatchRow& row : rows_)
    if (row.lost) report::tell(observer_, report::Warning{describe(*row.lost, folder_) + ": it is rebuilt"});
}

void Passes::take(const Pipeline& pipeline) {
  const report::RunFinished finished = pipeline.finished();
  total_.archives += finished.archives;
  total_.fetched += finished.fetched;
  total_.requests += finished.requests;
  total_.shared_size += finished.shared_size;
  total_.recovered += finished.recovered;
  if (plan_ == nullptr) total_.dependent += finished.dependent;  // of a shard, it says nothing about the folder
  const RowResults& results = pipeline.results();
  skipped_ += results.skipped();
  failed_.insert(failed_.end(), results.passed_over().begin(), results.passed_over().end());
  std::vector<sync::BatchRow> left;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (!results.ended()[row]) left.push_back(std::move(rows_[row]));
  }
  rows_ = std::move(left);
}

/// Call if the first remaining row has failed. Returns true if another pass should follow. Rethrows `failure` if
/// it ends the run.
bool Passes::pass_over(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const archive::MustRebuild& must_rebuild) {
    if (must_rebuild_.insert(must_rebuild.what()).second) {
      log_.warn("wrong bytes in a compressed archive: it is rebuilt from that position on",
                {{"problem", must_rebuild.what()}});
      return true;
    }
    note_failed(must_rebuild);
  } catch (const Error& error) {
    note_failed(error);
  }
  return !rows_.empty();
}

/// Records the failure of the first remaining row. Call in a handler of `error`; rethrows it if it ends the run.
void Passes::note_failed(const Error& error) {
  if (engine::concerns_all(error.kind())) throw;
  failed_.push_back(engine::row_failed(rows_.front(), error, options_.keep_going));
  report::tell(observer_, failed_.back());
  rows_.erase(rows_.begin());
  if (!options_.keep_going) throw;
}

}  // namespace acedt::serialize
