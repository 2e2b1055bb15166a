#include "serialize/list_source.hpp"

#include <utility>

#include "acedt/engine/inventory.hpp"

namespace acedt::serialize {

ListSource::ListSource(const Options& options, const std::vector<sync::BatchRow>& rows, const sync::FolderState& folder,
                       sync::Folder* writable, async::Runtime& runtime, engine::Network& network, plan::Dedup& dedup,
                       RowResults& results, engine::RowBudget& budget, const Log& log)
    : options_(options),
      rows_(rows),
      folder_(folder),
      writable_(writable),
      runtime_(runtime),
      network_(network),
      dedup_(dedup),
      results_(results),
      log_(log),
      manifests_(runtime, network.workers(), dedup, folder),
      referrers_(runtime.control(), network.workers()),
      resolver_(network.registries(), network.workers(), manifests_, options.recursive ? &referrers_ : nullptr,
                &budget),
      resolve_(runtime.control(), rows, results, resolver_, budget, options.platforms),
      planner_(options, folder, dedup) {}

async::awaitable<RowSource::Ahead> ListSource::size_ahead(async::TaskGroup& group) {
  co_await take_inventory();
  const std::pair<Bytes, std::size_t> ahead = co_await resolve_.size_ahead(dedup_, options_.dedup, group);
  co_return Ahead{ahead.first, ahead.second};
}

async::awaitable<std::optional<Planned>> ListSource::next(async::TaskGroup& group) {
  co_await take_inventory();
  for (;;) {
    std::optional<ResolveRows::Resolved> resolved = co_await resolve_.next(group);
    if (!resolved) co_return std::nullopt;
    try {
      co_return planner_.plan(resolved->row, std::move(resolved->artifact));
    } catch (...) {
      results_.give_up(resolved->row, std::current_exception());
    }
  }
}

/// Once. Referrers and subjects of an archived manifest may have been pushed after the archive was made. So only the
/// content that a manifest itself consists of counts as stored.
async::awaitable<void> ListSource::take_inventory() {
  if (std::exchange(is_inventory_taken_, true)) co_return;
  engine::Resolver of_archives(network_.registries(), network_.workers(), manifests_, nullptr, nullptr,
                               plan::Subjects::ignored);
  engine::Inventory inventory(runtime_, folder_, writable_, dedup_, options_.dedup, of_archives, log_);
  co_await inventory.take(rows_);
}

}  // namespace acedt::serialize
