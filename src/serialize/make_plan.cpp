// Planning without the rest: the same source of rows as in a run, but instead of being fetched, each planned archive is
// shown or written to a plan file.

#include <algorithm>
#include <utility>

#include "acedt/async/runtime.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/engine/inputs.hpp"
#include "acedt/engine/network.hpp"
#include "acedt/serialize/plan.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/list_source.hpp"
#include "serialize/plan_file.hpp"
#include "serialize/rows.hpp"

namespace acedt::serialize {
namespace {

/// Receives the rows of a plan; `planned` is null unless the row is to do.
using OnPlanned = std::function<void(const PlanRow& row, const Planned* planned)>;

PlanRow row_of(const Planned& planned, std::optional<Bytes> split) {
  const engine::Artifact& artifact = planned.archive->artifact;
  return {.state = artifact.row.lost ? PlanRow::State::rebuilt : PlanRow::State::todo,
          .line = artifact.row.line,
          .name = artifact.row.name,
          .artifact = artifact.row.artifact,
          .archive = planned.archive->file,
          .digest = artifact.root.digest.text(),
          .fetch = planned.fetch,
          .shared = planned.summary.shared_size,
          .size = planned.max_size,
          .requests = planned.requests,
          .parts = count_parts(planned.max_size, split)};
}

PlanRow row_of(const report::RowFailed& failed) {
  return {.state = PlanRow::State::failed,
          .line = failed.line,
          .name = failed.name,
          .artifact = failed.artifact,
          .problem = failed.problem.text};
}

/// One pass over the rows, which only plans.
class Planning {
 public:
  Planning(const Options& options, const engine::Inputs& inputs, const std::vector<sync::BatchRow>& rows,
           const sync::FolderState& folder, async::Runtime& runtime, report::Observer& observer, const Log& log,
           OnPlanned on_planned)
      : options_(options),
        observer_(observer),
        on_planned_(std::move(on_planned)),
        dedup_(options.dedup, plan::random_seed()),
        network_(runtime, options.engine, inputs.limits(), observer, counters_, [](const std::string&, http::Quota) {}),
        results_(options, rows, folder, observer, [this](std::uint64_t row) { budget_.give_back(row); }),
        budget_(runtime.control(), inputs.memory.manifests, results_.ended(), [this] { source_.wake(); }),
        source_(options, rows, folder, nullptr, runtime, network_, dedup_, results_, budget_, log) {
    results_.when_failed([this](std::uint64_t row) { network_.workers().drop_from(row); });
  }

  async::awaitable<void> run() {
    auto spawn = [this](async::TaskGroup& group) { group.spawn(plan_all(group)); };
    co_await network_.run(std::move(spawn));
  }

  std::vector<report::RowFailed> failed() const { return results_.passed_over(); }

 private:
  async::awaitable<void> plan_all(async::TaskGroup& group) {
    for (;;) {
      const std::optional<Planned> planned = co_await source_.next(group);
      if (!planned) break;
      for (std::string& text : engine::warnings_of(planned->archive->artifact))
        report::tell(observer_, report::Warning{std::move(text)});
      on_planned_(row_of(*planned, options_.split), &*planned);
      results_.end(planned->archive->row);
    }
    if (results_.failure()) std::rethrow_exception(results_.failure());
    group.cancel();  // the remaining children only wait for more work
  }

  const Options& options_;
  report::Observer& observer_;
  OnPlanned on_planned_;
  report::Counters counters_;
  plan::Dedup dedup_;
  engine::Network network_;
  RowResults results_;
  engine::RowBudget budget_;
  ListSource source_;
};

/// Passes on the events of planning that concern the user, and collects the rows that are done.
class DoneRows : public report::Observer {
 public:
  explicit DoneRows(report::Observer& next) : next_(next) {}

  void on(const report::Event& event) override {
    if (const auto* skipped = std::get_if<report::RowSkipped>(&event.what))
      rows.push_back({.state = PlanRow::State::done,
                      .name = skipped->name,
                      .artifact = skipped->artifact,
                      .archive = skipped->archive,
                      .digest = skipped->digest});
    next_.on(event);
  }
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override {
    next_.tick(now, counters);
  }

  std::vector<PlanRow> rows;

 private:
  report::Observer& next_;
};

/// Plans the rows, and calls `on_planned` with each. `folder` is what the list is planned for.
PlanTotals plan_rows(const Options& asked, sync::BatchList list, const sync::FolderState& folder,
                     const OnPlanned& on_planned, report::Observer& observer, const Log& log) {
  const engine::Inputs inputs(asked.engine, {asked.compression, level_of(asked), async::processors()});
  Options options = asked;
  options.engine.connections = inputs.files.connections;
  PlanTotals totals;
  const OnPlanned add = [&](const PlanRow& row, const Planned* planned) {
    totals.add(row);
    on_planned(row, planned);
  };
  DoneRows done(observer);
  std::vector<sync::BatchRow> rows = rows_to_do(std::move(list), folder, options, done);
  require_numbers(rows, folder);
  put_lost_first(rows, folder, options);
  const std::vector<PlanRow> known = std::exchange(done.rows, {});
  for (const PlanRow& row : known) add(row, nullptr);
  if (rows.empty()) return totals;
  async::Runtime runtime(async::processors());
  Planning planning(options, inputs, rows, folder, runtime, done, log, add);
  const int signal = runtime.run([&] { return planning.run(); });
  if (signal != 0) throw engine::Interrupted(signal);
  for (const PlanRow& row : done.rows) add(row, nullptr);
  std::vector<report::RowFailed> failed = planning.failed();
  std::ranges::sort(failed, {}, &report::RowFailed::line);
  for (const report::RowFailed& row : failed) add(row_of(row), nullptr);
  return totals;
}

}  // namespace

void PlanTotals::add(const PlanRow& row) {
  const bool is_todo = row.state == PlanRow::State::todo || row.state == PlanRow::State::rebuilt;
  ++(is_todo ? todo : row.state == PlanRow::State::done ? done : failed);
  fetch += row.fetch;
  shared += row.shared;
  size += row.size;
  requests += row.requests;
}

PlanTotals dry_run(const Options& options, const OnPlanRow& on_row, report::Observer& observer, const Log& log,
                   const Disk& disk) {
  sync::BatchList list = read_list(options);
  const auto folder = sync::FolderState::read(options.sync_directory, options.tracker_filename, disk);
  folder.require_settled();
  const OnPlanned on_planned = [&](const PlanRow& row, const Planned*) { on_row(row); };
  return plan_rows(options, std::move(list), folder, on_planned, observer, log);
}

FolderRoom room_of(const Options& options, const Disk& disk) {
  const auto folder = sync::FolderState::read(options.sync_directory, options.tracker_filename, disk);
  const Bytes partial = folder.partial_size();
  auto free = folder.room();
  if (free) free = *free - partial;
  return {free, partial};
}

PlanTotals make_plan(const Options& options, std::optional<unsigned> shards, const std::filesystem::path& plan,
                     const OnPlanRow& on_row, report::Observer& observer, const Log& log, const Disk& disk) {
  sync::BatchList list = read_list(options);
  const auto folder = sync::FolderState::read(options.sync_directory, options.tracker_filename, disk);
  folder.require_settled();
  const std::vector<sync::LostArchive> lost = folder.lost_archives();
  if (!lost.empty())
    throw Error(ErrorKind::usage, describe(lost.front(), folder) + ": a plan cannot include it")
        .hint("run mirror batch-serialize without a plan once: it rebuilds the archive");
  PlanWriter writer(plan, {{options, shards}, FolderMark::of(folder)}, disk);
  const OnPlanned on_planned = [&](const PlanRow& row, const Planned* planned) {
    writer.add(row, planned);
    on_row(row);
  };
  const PlanTotals totals = plan_rows(options, std::move(list), folder, on_planned, observer, log);
  writer.finish();
  return totals;
}

PlanHead read_plan_head(const std::filesystem::path& plan, const Disk& disk) {
  return PlanReader(open_plan(plan, disk)).head().head;
}

oci::Digest each_in_plan(const std::filesystem::path& plan, const OnPlanRow& on_row, const Disk& disk) {
  return each_in_plan(open_plan(plan, disk), on_row);
}

}  // namespace acedt::serialize
