// The rows of a run: those of the list that the tracker does not have, after those of lost archives.
//
// A row in the tracker is done only if its archives have the platforms that are asked for. They may share them: one
// was made for linux/amd64, another one of the same digest for linux/arm64.
//
// An archive is lost if other archives of the folder need it and it is gone or damaged, or if it is tracked and
// damaged. A lost archive becomes a row of the run: it is rebuilt under its own name and number, from the digest that
// it was made from, with the content that the ledger says it had. These rows come before all others, as archives that
// need a lost one have higher numbers.

#include "serialize/rows.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "acedt/archive/scan.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/engine/inventory.hpp"
#include "acedt/sync/archive_name.hpp"

namespace acedt::serialize {
namespace {

bool has_all_its_content(const sync::LostArchive& lost, const sync::FolderState& folder) {
  const archive::Scan scan = archive::scan(folder.archive_path(lost.entry.archive), folder.disk());
  std::set<oci::Digest> found;
  for (const archive::Found& content : scan.contents) found.insert(content.digest);
  const auto is_there = [&](const sync::StoredBlob& blob) { return found.contains(blob.digest); };
  return scan.problems.empty() && std::ranges::all_of(lost.entry.blobs, is_there);
}

/// Returns what the archive was made from, by the ledger or else the tracker; unset if neither knows.
std::optional<sync::Origin> origin_of(const sync::LostArchive& lost, const sync::FolderState& folder) {
  if (lost.entry.origin) return lost.entry.origin;
  const auto& rows = folder.tracker().rows();
  const auto row = std::ranges::find(rows, lost.entry.archive, &sync::TrackerRow::sync_name);
  if (row == rows.end() || row->digest.empty()) return std::nullopt;
  return sync::Origin{row->artifact, row->digest, {}};
}

/// Returns a row for each archive to rebuild, in the order of their numbers.
std::vector<sync::BatchRow> rows_for_lost(const sync::FolderState& folder, const Options& options) {
  std::vector<sync::BatchRow> rows;
  for (sync::LostArchive& lost : folder.lost_archives()) {
    if (lost.is_there && has_all_its_content(lost, folder)) continue;
    lost.entry.origin = origin_of(lost, folder);
    const sync::ArchiveName name = *sync::ArchiveName::parse(lost.entry.archive);
    if (!lost.entry.origin)
      throw Error(ErrorKind::corrupt,
                  describe(lost, folder).append(remedy_for_lost) + ": it is unknown what it was made from")
          .hint("restore it from a copy; or delete the archives that need it, each with its row of the tracker");
    if (name.compression != options.compression)
      throw Error(ErrorKind::corrupt, describe(lost, folder) + ": it was made with another --compression")
          .hint("run once with the --compression that its name indicates: it is then rebuilt");
    std::string artifact = lost.entry.origin->artifact;
    rows.push_back({name.name, std::move(artifact), 0, std::make_shared<sync::LostArchive>(std::move(lost))});
  }
  return rows;
}

std::optional<oci::PlatformFilter> filter_in(const std::string& platforms) {
  try {
    return oci::PlatformFilter::parse(platforms);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Which platforms the archives of a folder have.
class Platforms {
 public:
  explicit Platforms(const sync::FolderState& folder)
      : folder_(folder), unknown_(folder.unknown_archives().begin(), folder.unknown_archives().end()) {}

  /// Returns the platforms that the archives of `rows` have together, as text; empty: all. An archive whose platforms
  /// cannot be parsed has none.
  std::string of(const std::vector<const sync::TrackerRow*>& rows) {
    std::string joined;
    std::string unreadable;
    for (const sync::TrackerRow* row : rows) {
      std::string text = of(row->sync_name);
      if (text.empty()) return "";
      if (!filter_in(text))
        unreadable = std::move(text);
      else
        joined.append(joined.empty() ? "" : ",").append(text);
    }
    return joined.empty() ? unreadable : joined;
  }

  /// Returns a warning for each archive that could not be asked.
  std::vector<std::string>& warnings() { return warnings_; }

 private:
  /// An archive that the ledger does not know says it itself, if it is there. Else it counts as one that has all.
  std::string of(const std::string& archive) {
    std::string text = folder_.platforms_of(archive);
    if (!text.empty() || !unknown_.contains(archive)) return text;
    try {
      const std::string index = archive::read_index(folder_.archive_path(archive), folder_.disk());
      if (index.empty()) throw Error(ErrorKind::corrupt, "it has no index.json");
      const auto origin = engine::origin_in(index);
      return origin ? origin->platforms : "";
    } catch (const Error& error) {
      warnings_.push_back(folder_.archive_path(archive).string() + " is damaged, and the ledger does not have it: " +
                          error.what() + "; its row counts as done: check the folder with ace-dt mirror verify");
      return "";
    }
  }

  const sync::FolderState& folder_;
  std::set<std::string, std::less<>> unknown_;
  std::vector<std::string> warnings_;
};

/// Returns whether an archive with the platforms `has` has all of `wanted`. If `has` cannot be parsed, it does not.
bool covers(const std::string& has, const oci::PlatformFilter& wanted) {
  const auto filter = filter_in(has);
  return filter && filter->covers(wanted);
}

bool is_standard_input(const Options& options) {
  return options.batch_list == "-";
}

/// Not by the name /dev/stdin, which is missing in some containers and cannot open a socket.
std::string read_standard_input() {
  constexpr std::size_t step = 64 << 10;
  std::string text;
  for (;;) {
    const std::size_t before = text.size();
    text.resize(before + step);
    const ssize_t count = ::read(STDIN_FILENO, text.data() + before, step);
    if (count < 0 && errno != EINTR) throw_errno("read standard input");
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) return text;
  }
}

}  // namespace

std::string list_name(const Options& options) {
  return is_standard_input(options) ? "standard input" : options.batch_list.string();
}

/// Throws Error(usage) if the list is not there or is a folder.
void require_list(const std::filesystem::path& list) {
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::status(list, problem);
  if (status.type() == std::filesystem::file_type::not_found)
    throw Error(ErrorKind::usage, "no such list: " + list.string());
  if (status.type() == std::filesystem::file_type::directory)
    throw Error(ErrorKind::usage, list.string() + " is a folder where the list is expected")
        .hint("give BATCH-LIST first, a CSV file, and then SYNC-DIRECTORY");
}

sync::BatchList read_list(const Options& options) {
  try {
    if (!is_standard_input(options)) require_list(options.batch_list);
    const std::string text = is_standard_input(options) ? read_standard_input() : read_file(options.batch_list);
    return sync::BatchList::parse(text, list_name(options));
  } catch (Error& error) {
    error.hint("BATCH-LIST is a CSV file with a header and the columns name and artifact");
    throw;
  }
}

std::vector<sync::BatchRow> rows_to_do(sync::BatchList list, const sync::FolderState& folder, const Options& options,
                                       report::Observer& observer) {
  Platforms platforms(folder);
  std::vector<report::RowSkipped> done;
  std::vector<sync::BatchRow> rows;
  std::size_t unchecked = 0;
  const std::size_t count = list.rows.size();
  for (sync::BatchRow& row : list.rows) {
    const std::vector<const sync::TrackerRow*> same = folder.tracker().find_same(row.name, row.artifact);
    const sync::TrackerRow* const known = same.empty() ? nullptr : same.front();
    const std::string has = platforms.of(same);
    if (known != nullptr && !covers(has, options.platforms)) {
      list.warnings.push_back(list_name(options) + ':' + std::to_string(row.line) + ": " + row.name + ": " +
                              row.artifact + ": its archive, " + known->sync_name + ", has only " + has +
                              ": a new one is made");
      rows.push_back(std::move(row));
      continue;
    }
    const bool may_have_moved = known != nullptr && row.artifact.find('@') == row.artifact.npos;
    if (may_have_moved && options.check_tags) row.known_digest = known->digest;
    if (known == nullptr || !row.known_digest.empty()) {
      rows.push_back(std::move(row));
      continue;
    }
    if (may_have_moved) ++unchecked;
    done.push_back({std::move(row.name), std::move(row.artifact), known->sync_name, known->digest});
  }
  std::ranges::move(platforms.warnings(), std::back_inserter(list.warnings));
  if (const std::size_t forgotten = folder.forgotten_archives(); forgotten > 0 && !done.empty())
    list.warnings.push_back("neither the folder nor the ledger has " + std::to_string(forgotten) +
                            (forgotten == 1 ? " archive" : " archives") +
                            " of the tracker: rows of such archives count as done, with all platforms, though they may "
                            "have been made with --platform");
  report::tell(observer, report::RunStarted{count, done.size(), unchecked});
  for (std::string& warning : list.warnings) report::tell(observer, report::Warning{std::move(warning)});
  for (sync::DroppedRow& dropped : list.dropped)
    report::tell(observer, report::RowDropped{std::move(dropped.row.name), std::move(dropped.row.artifact),
                                              dropped.row.line, dropped.kept_line});
  for (report::RowSkipped& row : done) report::tell(observer, std::move(row));
  return rows;
}

void require_numbers(const std::vector<sync::BatchRow>& rows, const sync::FolderState& folder) {
  if (rows.empty() || folder.next_number() + rows.size() - 1 <= sync::max_number) return;
  throw Error(ErrorKind::usage,
              folder.directory().string() + ": no numbers are left for new archives: the next would be " +
                  std::to_string(folder.next_number()) + ", and they end at " + std::to_string(sync::max_number))
      .hint("use a new folder, or correct the tracker row with such a high number");
}

std::string describe(const sync::LostArchive& lost, const sync::FolderState& folder) {
  std::string text = folder.archive_path(lost.entry.archive).string() + (lost.is_there ? " is damaged" : " is gone");
  for (const std::string& dependent : lost.needed_by)
    text.append(&dependent == &lost.needed_by.front() ? ", though it is needed by " : ", ").append(dependent);
  return text;
}

void put_lost_first(std::vector<sync::BatchRow>& rows, const sync::FolderState& folder, const Options& options) {
  std::vector<sync::BatchRow> first = rows_for_lost(folder, options);
  if (first.empty()) return;
  std::map<std::pair<std::string, std::string>, std::string> made_again;  // -> platforms
  for (const sync::BatchRow& row : first)
    made_again.insert_or_assign({row.name, row.artifact}, row.lost->entry.origin->platforms);
  std::erase_if(rows, [&](const sync::BatchRow& row) {
    const bool is_new = row.known_digest.empty();  // else it is only asked whether its tag has moved since
    const auto same = made_again.find({row.name, row.artifact});
    return is_new && same != made_again.end() && covers(same->second, options.platforms);
  });
  rows.insert(rows.begin(), std::move_iterator(first.begin()), std::move_iterator(first.end()));
}

}  // namespace acedt::serialize
