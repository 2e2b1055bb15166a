// A plan fits a folder as long as only rows of the plan were added to it. So a digest of what tracker and ledger were
// is enough: both are only appended to.

#include "serialize/folder_mark.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/codec/hasher.hpp"
#include "serialize/plan_file.hpp"

namespace acedt::serialize {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece_size = 256 << 10;  // of a file, read at a time

/// Returns the mark of `size` bytes of a file from `first` on, or of as many as it has.
FolderMark::Beginning beginning_of(const fs::path& path, Bytes first, Bytes size, const Disk& disk) {
  codec::Hasher hasher(oci::Algorithm::sha256);
  Bytes done;
  if (const auto file = File::open_if_there(path, disk)) {
    std::vector<std::byte> buffer(piece_size);
    for (;;) {
      const std::uint64_t left = size.count - done.count;
      const auto wanted = std::span(buffer).first(std::min<std::uint64_t>(left, buffer.size()));
      const std::size_t n = wanted.empty() ? 0 : file->read_at(first + done, wanted);
      if (n == 0) break;
      hasher.update(wanted.first(n));
      done += {n};
    }
  }
  return {done, hasher.finish()};
}

/// Returns the mark of a folder whose tracker and ledger (with its header) have these sizes.
FolderMark mark_of(const sync::FolderState& folder, Bytes tracker, Bytes ledger) {
  const Bytes header{sync::ledger_header.size()};
  const Bytes entries = ledger - std::min(header, ledger);
  return {beginning_of(folder.tracker_path(), {}, tracker, folder.disk()),
          beginning_of(folder.ledger_path(), header, entries, folder.disk())};
}

}  // namespace

FolderMark FolderMark::of(const sync::FolderState& folder) {
  return mark_of(folder, folder.tracker_size(), folder.ledger_size());
}

bool FolderMark::fits(const sync::FolderState& folder) const {
  return mark_of(folder, tracker.size, ledger.size + Bytes{sync::ledger_header.size()}) == *this;
}

oci::Digest require_fit(const PlanFile& plan, const sync::FolderState& folder, const OnPlanRow& on_row) {
  const FolderMark mark = PlanReader(plan).head().mark;
  const std::string tracker = read_if_there(folder.tracker_path(), folder.disk()).value_or("");
  const std::size_t before = std::min<std::size_t>(mark.tracker.size.count, tracker.size());
  const auto rows = sync::Tracker::parse(std::string_view(tracker).substr(before), folder.tracker_path().string());
  std::set<std::string> added;
  for (const sync::TrackerRow& row : rows.rows()) added.insert(sync::tracker_line(row));
  const oci::Digest digest = each_in_plan(plan, [&](const PlanRow& row) {
    added.erase(sync::tracker_line({row.archive, row.artifact, row.digest}));
    on_row(row);
  });
  if (!added.empty() || !mark.fits(folder))
    throw Error(ErrorKind::usage, folder.directory().string() +
                                      ": the plan does not fit: tracker or ledger are not those that it was made for")
        .hint("make a new plan; what was fetched for this one is in .ace-dt/shards");
  return digest;
}

}  // namespace acedt::serialize
