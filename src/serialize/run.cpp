// A run is one pass of the pipeline, or several. Within a pass, nothing is undone: archives are planned from what
// earlier rows will store. So if that turns out to be wrong, the pass ends after the rows before, and another one plans
// the remaining rows anew, from what the folder really has. This happens:
//   - when a row failed after it was planned, with keep_going: later rows may have counted on its blobs;
//   - when wrong bytes got into a compressed archive, which cannot be overwritten;
//   - when an archive of the folder turns out to be damaged: it is rebuilt first.
// Each time, a row is removed, or an archive is rebuilt that was not rebuilt before. So a run always ends.

#include "acedt/serialize/run.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "acedt/async/runtime.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/engine/inputs.hpp"
#include "acedt/engine/stored_content.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/pipeline.hpp"
#include "serialize/planner.hpp"

namespace acedt::serialize {
namespace {

sync::BatchList read_list(const std::filesystem::path& file) {
  try {
    return sync::BatchList::parse(read_file(file), file.string());
  } catch (Error& error) {
    error.hint("BATCH-LIST is a CSV file with a header and the columns name and artifact");
    throw;
  }
}

/// Returns the rows that the tracker does not have, and tells the observer of the others.
std::vector<sync::BatchRow> rows_to_do(sync::BatchList list, const sync::Tracker& tracker, report::Observer& observer) {
  const auto is_done = [&](const sync::BatchRow& row) { return tracker.has(row.name, row.artifact); };
  const auto done = std::stable_partition(list.rows.begin(), list.rows.end(), std::not_fn(is_done));
  report::tell(observer, report::RunStarted{list.rows.size(), static_cast<std::size_t>(list.rows.end() - done)});
  for (std::string& warning : list.warnings) report::tell(observer, report::Warning{std::move(warning)});
  for (sync::DroppedRow& dropped : list.dropped)
    report::tell(observer, report::RowDropped{std::move(dropped.row.name), std::move(dropped.row.artifact),
                                              dropped.row.line, dropped.kept_line});
  for (auto row = done; row != list.rows.end(); ++row) {
    const sync::TrackerRow& known = *tracker.find(row->name, row->artifact);
    report::tell(observer, report::RowSkipped{row->name, row->artifact, known.sync_name, known.digest});
  }
  list.rows.erase(done, list.rows.end());
  return std::move(list.rows);
}

/// Throws Error(usage) if the numbers for new archives run out, Error(storage) if the file system refuses a name. Call
/// before anything is fetched.
void require_names(const std::vector<sync::BatchRow>& rows, const sync::Folder& folder, const Options& options) {
  std::uint64_t number = folder.next_number();
  if (!rows.empty() && number + rows.size() - 1 > sync::max_number)
    throw Error(ErrorKind::usage, folder.directory().string() +
                                      ": no numbers are left for new archives: the next would be " +
                                      std::to_string(number) + ", and they end at " + std::to_string(sync::max_number))
        .hint("use a new folder, or correct the tracker row with such a high number");
  for (const sync::BatchRow& row : rows) {
    try {
      folder.require_name(sync::ArchiveName{number++, row.name, options.compression}.file());
    } catch (Error& error) {
      error.add(options.batch_list.string() + ":" + std::to_string(row.line));
      throw;
    }
  }
}

/// Warns of files in the folder at which the reference's batch-deserialize will stop. The user should know before the
/// folder is carried away.
void warn_of_files_that_stop_the_reference(const sync::Folder& folder, const Options& options,
                                           report::Observer& observer) {
  std::vector<std::string> files;
  for (const std::string& file : folder.disk().list(folder.directory())) {
    const auto status = folder.disk().status(folder.directory() / file);
    const bool is_folder = status && status->type == std::filesystem::file_type::directory;
    const bool is_tracker = file == options.tracker_filename;  // Folder::open() warns of it
    if (!is_folder && !is_tracker && !sync::is_taken_by_reference(file)) files.push_back(file);
  }
  if (files.empty()) return;
  std::string text = "the reference's batch-deserialize will stop at " + in_quotes(std::ranges::min(files));
  if (files.size() > 1) text += " and " + std::to_string(files.size() - 1) + " more files";
  report::tell(observer, report::Warning{text + " in " + folder.directory().string() +
                                         ": move what is not an archive elsewhere"});
}

report::Warning too_few_files(unsigned connections, unsigned asked) {
  return {"the limit on open files (ulimit -n) leaves room for " + std::to_string(connections) +
          " connections instead of " + std::to_string(asked)};
}

/// Runs one pipeline after another until the rows are done.
class Run {
 public:
  Run(const Options& options, const engine::Inputs& inputs, std::vector<sync::BatchRow> rows, sync::Folder& folder,
      report::Observer& observer, const Log& log)
      : options_(options),
        inputs_(inputs),
        rows_(std::move(rows)),
        to_do_(rows_.size()),
        folder_(folder),
        observer_(observer),
        log_(log) {
    put_lost_first();
  }

  report::RunFinished finish() {
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
    total_.complete = !failure && signal == 0 && failed_.empty() && total_.archives == to_do_;
    if (total_.complete) folder_.remove_partial_archives();
    for (sync::BatchRow& row : rows_)
      report::tell(observer_, report::RowLeft{std::move(row.name), std::move(row.artifact)});
    report::tell(observer_, total_);
    if (failure) std::rethrow_exception(failure);
    if (signal != 0) throw engine::Interrupted(signal);
    if (!failed_.empty()) throw engine::SomeFailed(problems());
    return total_;
  }

 private:
  std::vector<report::Problem> problems() const {
    std::vector<report::Problem> problems;
    for (const report::RowFailed& row : failed_) problems.push_back(row.problem);
    return problems;
  }

  /// Runs one pipeline over the rows that are left. Returns true if another one is needed. `signal`: see
  /// Runtime::run().
  bool pass(int& signal) {
    async::Runtime runtime(async::processors());
    Pipeline pipeline(options_, inputs_, rows_, folder_, runtime, observer_, log_);
    std::exception_ptr failure;
    try {
      signal = runtime.run([&] { return pipeline.run(); });
    } catch (...) {
      failure = std::current_exception();
    }
    take(pipeline);
    if (!failure) return false;
    if (is_news_of_damage(failure)) {
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

  bool is_news_of_damage(const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const engine::DamagedArchive& damaged) {
      return damaged_.insert(damaged.archive).second;
    } catch (...) {
      return false;
    }
  }

  /// Puts lost archives of the folder before all rows, as those may need them.
  void put_lost_first() {
    const std::size_t before = rows_.size();
    serialize::put_lost_first(rows_, folder_, options_);
    to_do_ += rows_.size() - before;
    for (const sync::BatchRow& row : rows_)
      if (row.lost) report::tell(observer_, report::Warning{describe(*row.lost, folder_) + ": it is rebuilt"});
  }

  void take(const Pipeline& pipeline) {
    const report::RunFinished finished = pipeline.finished();
    total_.archives += finished.archives;
    total_.fetched += finished.fetched;
    total_.requests += finished.requests;
    total_.shared_size += finished.shared_size;
    total_.recovered += finished.recovered;
    total_.dependent += finished.dependent;
    const RowResults& results = pipeline.results();
    failed_.insert(failed_.end(), results.passed_over().begin(), results.passed_over().end());
    std::vector<sync::BatchRow> left;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (!results.ended()[row]) left.push_back(std::move(rows_[row]));
    }
    rows_ = std::move(left);
  }

  /// Call if the first remaining row has failed. Returns true if another pass should follow. Rethrows `failure` if
  /// it ends the run.
  bool pass_over(const std::exception_ptr& failure) {
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
  void note_failed(const Error& error) {
    if (engine::concerns_all(error.kind())) throw;
    failed_.push_back(engine::row_failed(rows_.front(), error, options_.keep_going));
    report::tell(observer_, failed_.back());
    rows_.erase(rows_.begin());
    if (!options_.keep_going) throw;
  }

  const Options& options_;
  const engine::Inputs& inputs_;
  std::vector<sync::BatchRow> rows_;  // remaining rows: neither committed nor passed over
  std::size_t to_do_;                 // archives that a complete run makes
  sync::Folder& folder_;
  report::Observer& observer_;
  const Log& log_;
  report::RunFinished total_;
  std::vector<report::RowFailed> failed_;
  std::set<std::string> must_rebuild_;  // texts of failures after which an archive was rebuilt: each once
  std::set<std::string> damaged_;       // archives of the folder that turned out to be damaged
};

}  // namespace

report::RunFinished run(const Options& asked, report::Observer& observer, const Log& log, const Disk& disk) {
  sync::BatchList list = read_list(asked.batch_list);
  const engine::Inputs inputs(asked.engine, {asked.compression, level_of(asked), async::processors()});
  Options options = asked;
  options.engine.connections = inputs.files.connections;
  sync::Folder folder = sync::Folder::open(options.sync_directory, options.tracker_filename, disk);
  std::vector<sync::BatchRow> rows = rows_to_do(std::move(list), folder.tracker(), observer);
  for (const std::string& warning : folder.warnings()) report::tell(observer, report::Warning{warning});
  if (options.engine.connections < asked.engine.connections)
    report::tell(observer, too_few_files(options.engine.connections, asked.engine.connections));
  require_names(rows, folder, options);
  Run whole(options, inputs, std::move(rows), folder, observer, log);
  warn_of_files_that_stop_the_reference(folder, options, observer);
  return whole.finish();
}

}  // namespace acedt::serialize
