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

/// Returns what the index.json of an archive says it was made of; unset if it does not say, as in archives of other
/// programs.
std::optional<sync::Origin> origin_in(std::string_view index_json);

/// What the folder has from earlier runs, put into the dedup set before the first archive is planned.
///
/// From the ledger; for archives without an entry there, from the archives themselves, whose digests are checked on the
/// way; and for archives that are only in the tracker, from the registry by the digest recorded there, never by tag.
class Inventory {
 public:
  Inventory(async::Runtime& runtime, sync::Folder& folder, plan::Dedup& dedup, plan::DedupScope scope,
            Resolver& resolver, const Log& log)
      : runtime_(runtime), folder_(folder), dedup_(dedup), scope_(scope), resolver_(resolver), log_(log) {}

  /// `rows`, what the run is going to do, must outlive it. Throws Error(corrupt) that names the archive if a tracked
  /// one is damaged and nothing is known of its content, or if one that others need is gone without a trace.
  async::awaitable<void> take(const std::vector<sync::BatchRow>& rows);

 private:
  async::awaitable<std::vector<sync::LedgerEntry>> read_unknown();
  async::awaitable<void> ask_registries(const std::vector<sync::BatchRow>& rows);
  async::awaitable<void> ask_registry(sync::TrackerRow row);
  void add(const sync::LedgerEntry& entry);
  void require_needed() const;

  async::Runtime& runtime_;
  sync::Folder& folder_;
  plan::Dedup& dedup_;
  plan::DedupScope scope_;
  Resolver& resolver_;
  const Log& log_;
  std::map<std::string, std::string> needed_;  // archive -> the first one that needs it
  std::set<std::string> known_;  // archives whose content is in the dedup set, or will be as they are made again
};

}  // namespace acedt::engine
