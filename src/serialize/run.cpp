#include "acedt/serialize/run.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "acedt/async/runtime.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/inputs.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/files.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/passes.hpp"
#include "serialize/rows.hpp"

namespace acedt::serialize {
namespace {

/// Throws as require_numbers(), and Error(storage) if the file system refuses a name. Call before anything is fetched.
void require_names(const std::vector<sync::BatchRow>& rows, const sync::Folder& folder, const Options& options) {
  require_numbers(rows, folder);
  std::uint64_t number = folder.next_number();
  for (const sync::BatchRow& row : rows) {
    try {
      folder.require_name(sync::ArchiveName{number++, row.name, options.compression}.file(), options.split);
    } catch (Error& error) {
      error.add(list_name(options) + ":" + std::to_string(row.line));
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
    if (sync::archive_of(file) != file) continue;  // a part: the user knows that its archive must be joined first
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

}  // namespace

report::RunFinished run(const Options& options, report::Observer& observer, const Log& log, const Disk& disk) {
  sync::BatchList list = read_list(options);
  const engine::Inputs inputs(options.engine, {options.compression, level_of(options), async::processors()});
  Options possible = options;
  possible.engine.connections = inputs.files.connections;
  sync::Folder folder = sync::Folder::open(options.sync_directory, options.tracker_filename, disk);
  std::vector<sync::BatchRow> rows = rows_to_do(std::move(list), folder, options, observer);
  for (const std::string& warning : folder.warnings()) report::tell(observer, report::Warning{warning});
  if (possible.engine.connections < options.engine.connections)
    report::tell(observer, too_few_files(possible.engine.connections, options.engine.connections));
  require_names(rows, folder, options);
  Passes whole(possible, inputs, std::move(rows), nullptr, folder, observer, log);
  warn_of_files_that_stop_the_reference(folder, options, observer);
  return whole.finish();
}

}  // namespace acedt::serialize
