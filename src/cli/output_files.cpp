#include "cli/output_files.hpp"

#include <algorithm>
#include <string>
#include <system_error>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/output.hpp"
#include "acedt/sync/archive_name.hpp"

namespace acedt::cli {
namespace {

namespace fs = std::filesystem;

bool is_same_file(const fs::path& one, const fs::path& other) {
  std::error_code not_there;
  return one == other || fs::equivalent(one, other, not_there);
}

void check(const fs::path& path, const std::string& flag, const serialize::Options& options) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::usage, flag + ": " + path.string() + ' ' + what).hint("name a file of its own");
  };
  const fs::path target = without_links(path);
  if (sync::ArchiveName::parse(target.filename().string())) refuse("has the name of an archive");
  if (std::find(target.begin(), target.end(), ".ace-dt") != target.end()) refuse("lies in .ace-dt");
  if (is_same_file(target, without_links(options.sync_directory / options.tracker_filename))) refuse("is the tracker");
  if (is_same_file(target, without_links(options.batch_list))) refuse("is the list");
}

}  // namespace

void check_output_files(const OutputFiles& files, const serialize::Options& options) {
  if (!files.report.empty()) check(files.report, "--report", options);
  if (!files.debug.empty()) check(files.debug / "events.jsonl", "--debug", options);
}

}  // namespace acedt::cli
