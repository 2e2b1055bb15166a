#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/async/runtime.hpp"
#include "acedt/base/log.hpp"
#include "acedt/engine/resolve.hpp"
#include "acedt/plan/dedup.hpp"
#include "acedt/sync/batch_list.hpp"
#include "acedt/sync/folder.hpp"

namespace acedt::engine {

/// Returns what an archive of the folder that the ledger does not know stores. Reads the archive; blocks on the disk.
/// Logs a warning if it is damaged. Throws Error(corrupt) if it is damaged and tracked.
sync::LedgerEntry read_unknown(const sync::FolderState& folder, const std::string& archive, const Log& log);

/// Returns the origin that the index.json of an archive records; unset if it has none, as in archives of other
/// programs.
std::optional<sync::Origin> origin_in(std::string_view index_json);

/// Fills the dedup set with what earlier runs stored, before the first archive is planned.
///
/// Sources, in this order: the ledger; for archives without an entry there, the archives themselves, whose digests are
/// checked as they are read; for archives that are only in the tracker, the registry, by the recorded digest and never
/// by tag. The last ones do not count if their artifact has an index: they may lack platforms. Thread: control; the
/// disk is read on the disk thread.
class Inventory {
 public:
  /// `writable`: `folder`, if archives that the ledger does not know may be remembered there; else null. Everything
  /// passed by reference or pointer must outlive the inventory.
  Inventory(async::Runtime& runtime, const sync::FolderState& folder, sync::Folder* writable, plan::Dedup& dedup,
            plan::DedupScope scope, Resolver& resolver, const Log& log)
      : runtime_(runtime),
        folder_(folder),
        writable_(writable),
        dedup_(dedup),
        scope_(scope),
        resolver_(resolver),
        log_(log) {}

  /// Call once. `rows` are the rows that the run will do; they must live until the call ends.
  ///
  /// Throws Error(corrupt) that names the archive if a tracked archive is damaged and the ledger does not have its
  /// content, or if other archives need an archive that neither folder, ledger nor tracker knows. Throws Error(storage)
  /// or Error(no_space) if the disk fails. Throws DamagedArchive if an archive of the folder with a
  /// manifest that it reads is damaged. If a registry cannot answer, logs a warning: the content is stored again.
  async::awaitable<void> take(const std::vector<sync::BatchRow>& rows);

 private:
  async::awaitable<std::vector<sync::LedgerEntry>> read_unknown();
  async::awaitable<void> ask_registries(const std::vector<sync::BatchRow>& rows);
  async::awaitable<void> ask_registry(sync::TrackerRow row);
  void add(const sync::LedgerEntry& entry);
  void require_needed() const;

  async::Runtime& runtime_;
  const sync::FolderState& folder_;
  sync::Folder* writable_;
  plan::Dedup& dedup_;
  plan::DedupScope scope_;
  Resolver& resolver_;
  const Log& log_;
  std::map<std::string, std::string> needed_;  // archive -> the first archive that needs it
  std::set<std::string> known_;  // archives whose content is in the dedup set, or will be because they are rebuilt
};

}  // namespace acedt::engine
