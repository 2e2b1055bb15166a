// What an archive stores was decided when the plan was made. The dedup set is filled only so that content that several
// archives of a shard store (with --dedup name or none) is copied instead of fetched again.

#include "serialize/plan_source.hpp"

#include <utility>

#include "acedt/async/crossing.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"

namespace acedt::serialize {

PlanSource::PlanSource(const Options& options, PlanFile plan, const std::vector<sync::BatchRow>& rows,
                       const sync::FolderState& folder, async::Runtime& runtime, engine::Network& network,
                       plan::Dedup& dedup, RowResults& results, engine::RowBudget& budget)
    : options_(options),
      rows_(rows),
      folder_(folder),
      runtime_(runtime),
      network_(network),
      dedup_(dedup),
      results_(results),
      budget_(budget),
      reader_(std::move(plan)),
      planner_(options, folder, dedup) {}

async::awaitable<std::optional<Planned>> PlanSource::next(async::TaskGroup&) {
  if (next_ == 0) co_await add_stored();
  while (next_ < rows_.size() && next_ < results_.failed_row()) {
    const std::uint64_t row = next_++;
    std::exception_ptr failure;
    try {
      co_return co_await read(row);
    } catch (...) {
      failure = std::current_exception();
    }
    results_.give_up(row, failure);  // rows that need it are made all the same: commit_plan() holds them back
  }
  co_return std::nullopt;
}

/// Adds what the shard stored before to the dedup set.
async::awaitable<void> PlanSource::add_stored() {
  auto read = [this] {
    folder_.each_in_ledger([this](const sync::LedgerEntry& entry, Bytes) {
      if (!is_there(folder_.disk(), folder_.archive_path(entry.archive))) return;
      const auto archive = dedup_.add_archive(entry.archive, entry.archive);
      for (const sync::StoredBlob& blob : entry.blobs) dedup_.add(archive, blob.digest, blob.size, blob.location);
    });
    return true;
  };
  co_await async::offload(runtime_.disk(), read);
}

async::awaitable<Planned> PlanSource::read(std::uint64_t row) {
  const sync::BatchRow& wanted = rows_[row];
  std::string archive;
  auto find = [&] {
    std::optional<PlanRow> found;
    do {
      found = reader_.next();
      if (!found) throw Error(ErrorKind::internal, "the plan lacks the row");
    } while (found->line != wanted.line || found->state != PlanRow::State::todo);
    archive = found->archive;
    return reader_.graph_size();
  };
  const Bytes size = co_await async::offload(runtime_.disk(), find);
  co_await budget_.take(row, engine::memory_of_graph(size));
  std::optional<PlannedGraph> parsed;
  auto parse = [&] { return parsed.emplace(parse_graph(reader_.graph(), options_.platforms)).nodes.size(); };
  co_await async::offload(runtime_.disk(), parse);
  PlannedGraph& planned = *parsed;
  planned.decision.file = std::move(archive);
  oci::Reference reference = oci::Reference::parse(wanted.artifact);
  registry::Repository repository = co_await network_.registries().open(std::move(reference), "pull");
  engine::Artifact artifact{wanted,
                            std::move(planned.root),
                            std::move(repository),
                            std::move(planned.graph),
                            std::move(planned.nodes),
                            options_.platforms};
  co_return planner_.plan(row, std::move(artifact), std::move(planned.decision));
}

}  // namespace acedt::serialize
