#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "acedt/engine/network.hpp"
#include "serialize/plan_file.hpp"
#include "serialize/planner.hpp"
#include "serialize/row_results.hpp"
#include "serialize/row_source.hpp"

namespace acedt::serialize {

/// Reads planned archives from a plan file. Asks registries for nothing.
class PlanSource : public RowSource {
 public:
  /// `rows` are rows of `plan` in its order, each with the line that it has there. Everything passed by reference must
  /// outlive the source. Throws as PlanReader().
  PlanSource(const Options& options, PlanFile plan, const std::vector<sync::BatchRow>& rows,
             const sync::FolderState& folder, async::Runtime& runtime, engine::Network& network, plan::Dedup& dedup,
             RowResults& results, engine::RowBudget& budget);

  async::awaitable<std::optional<Planned>> next(async::TaskGroup& group) override;

 private:
  async::awaitable<void> add_stored();
  async::awaitable<Planned> read(std::uint64_t row);

  const Options& options_;
  const std::vector<sync::BatchRow>& rows_;
  const sync::FolderState& folder_;
  async::Runtime& runtime_;
  engine::Network& network_;
  plan::Dedup& dedup_;
  RowResults& results_;
  engine::RowBudget& budget_;
  PlanReader reader_;
  Planner planner_;
  std::uint64_t next_ = 0;
};

}  // namespace acedt::serialize
