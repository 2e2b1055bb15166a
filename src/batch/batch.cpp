#include "acedt/batch/batch.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "acedt/async/runtime.hpp"
#include "batch/pipeline.hpp"

namespace acedt::batch {
namespace {

sync::BatchList read_list(const std::filesystem::path& file) {
  try {
    return sync::BatchList::parse(read_file(file), file.string());
  } catch (Error& error) {
    error.hint("BATCH-LIST is a CSV file with a header and the columns name and artifact");
    throw;
  }
}

void tell(report::Observer& observer, report::What what) {
  observer.on({std::chrono::steady_clock::now(), std::move(what)});
}

/// The rows that the tracker does not have; the observer hears of the others.
std::vector<sync::BatchRow> rows_to_do(sync::BatchList list, const sync::Tracker& tracker, report::Observer& observer) {
  const auto is_done = [&](const sync::BatchRow& row) { return tracker.has(row.name, row.artifact); };
  const auto done = std::stable_partition(list.rows.begin(), list.rows.end(), std::not_fn(is_done));
  tell(observer, report::RunStarted{list.rows.size(), static_cast<std::size_t>(list.rows.end() - done)});
  for (std::string& warning : list.warnings) tell(observer, report::Warning{std::move(warning)});
  for (auto row = done; row != list.rows.end(); ++row) tell(observer, report::RowSkipped{row->name, row->artifact});
  list.rows.erase(done, list.rows.end());
  return std::move(list.rows);
}

}  // namespace

report::RunFinished run(const Options& options, report::Observer& observer, const Log& log) {
  sync::BatchList list = read_list(options.batch_list);
  sync::Folder folder = sync::Folder::open(options.sync_directory, options.tracker_filename);
  std::vector<sync::BatchRow> rows = rows_to_do(std::move(list), folder.tracker(), observer);

  async::Runtime runtime(async::processors());
  Pipeline pipeline(options, std::move(rows), folder, runtime, observer, log);
  int signal = 0;
  try {
    signal = runtime.run([&] { return pipeline.run(); });
  } catch (...) {
    tell(observer, pipeline.finished());
    throw;
  }
  tell(observer, pipeline.finished());
  if (signal != 0) throw Interrupted(signal);
  return pipeline.finished();
}

}  // namespace acedt::batch
