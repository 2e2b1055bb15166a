#pragma once

#include <optional>
#include <vector>

#include "acedt/base/log.hpp"
#include "acedt/engine/manifests.hpp"
#include "acedt/engine/network.hpp"
#include "acedt/engine/referrers.hpp"
#include "acedt/engine/resolve.hpp"
#include "serialize/planner.hpp"
#include "serialize/resolve_rows.hpp"
#include "serialize/row_results.hpp"
#include "serialize/row_source.hpp"

namespace acedt::serialize {

/// Plans the rows of a list: asks the registries what each artifact consists of, and the folder what it has already.
class ListSource : public RowSource {
 public:
  /// `writable`: `folder`, if archives that its ledger does not know may be remembered there; else null. Everything
  /// passed by reference or pointer must outlive the source.
  ListSource(const Options& options, const std::vector<sync::BatchRow>& rows, const sync::FolderState& folder,
             sync::Folder* writable, async::Runtime& runtime, engine::Network& network, plan::Dedup& dedup,
             RowResults& results, engine::RowBudget& budget, const Log& log);

  async::awaitable<Ahead> size_ahead(async::TaskGroup& group) override;
  async::awaitable<std::optional<Planned>> next(async::TaskGroup& group) override;
  void wake() override { resolve_.wake(); }

 private:
  async::awaitable<void> take_inventory();

  const Options& options_;
  const std::vector<sync::BatchRow>& rows_;
  const sync::FolderState& folder_;
  sync::Folder* writable_;
  async::Runtime& runtime_;
  engine::Network& network_;
  plan::Dedup& dedup_;
  RowResults& results_;
  const Log& log_;
  engine::Manifests manifests_;
  engine::Referrers referrers_;
  engine::Resolver resolver_;
  ResolveRows resolve_;
  Planner planner_;
  bool is_inventory_taken_ = false;
};

}  // namespace acedt::serialize
