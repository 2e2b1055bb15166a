// A pass is one task group: the connections' watcher, the tick, resolving and planning, copying, committing. It ends in
// one of three ways. commit() finds every archive committed and cancels the group. Or it throws the failure of a row,
// after the rows before it were committed, and the group cancels the rest. Or another child throws a failure that
// belongs to no row. In each case, run() then waits for connections and compression to stop, so that nothing of the
// pass is left when it returns.

#include "serialize/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "acedt/async/runtime.hpp"
#include "acedt/async/timeout.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/inventory.hpp"
#include "acedt/net/tls.hpp"
#include "acedt/registry/credentials.hpp"

namespace acedt::serialize {
namespace {

using namespace std::chrono_literals;

constexpr auto tick_interval = 200ms;

/// Returns the registry that a row names; empty if its reference cannot be parsed.
std::string registry_of(const sync::BatchRow& row) {
  try {
    return oci::Reference::parse(row.artifact).registry;
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

Pipeline::Pipeline(const Options& options, const engine::Inputs& inputs, const std::vector<sync::BatchRow>& rows,
                   sync::Folder& folder, async::Runtime& runtime, report::Observer& observer, const Log& log)
    : options_(options),
      rows_(rows),
      folder_(folder),
      runtime_(runtime),
      observer_(observer),
      log_(log),
      memory_(inputs.memory),
      dedup_(options.dedup, plan::random_seed()),
      network_(runtime, options.engine, inputs.limits(), observer, counters_,
               [this](const std::string& registry, http::Quota left) { compare_with_quota(registry, left); }),
      manifests_(runtime, network_.workers(), dedup_, folder),
      referrers_(runtime.control(), network_.workers()),
      results_(options, rows, folder, observer, [this](std::uint64_t row) { budget_.give_back(row); }),
      budget_(runtime.control(), memory_.manifests, results_.ended(), [this] { resolve_.wake(); }),
      resolver_(network_.registries(), network_.workers(), manifests_, options.recursive ? &referrers_ : nullptr,
                &budget_),
      queue_(runtime.control(), inputs.files.archives, results_),
      resolve_(runtime.control(), rows, results_, resolver_, budget_),
      planner_(options, folder, dedup_, make_compressor()),
      transfer_(options, memory_, runtime, network_.workers(), folder, dedup_, queue_, results_, observer, counters_),
      commit_(options, runtime, folder, dedup_, queue_, results_, observer,
              {[this](const PendingArchive& archive) { transfer_.committed(archive.archive); },
               [this](PendingArchive& archive, const std::exception_ptr& failure) {
                 transfer_.part_ended(archive, failure);
               }}) {
  results_.when_failed([this](std::uint64_t row) { network_.workers().drop_from(row); });
}

archive::Compressor* Pipeline::make_compressor() {
  if (options_.compression == codec::Compression::none) return nullptr;
  const archive::Compressor::Settings settings{options_.compression, level_of(options_), async::processors(),
                                               memory_.compression_window};
  return &compressor_.emplace(runtime_.control(), settings, folder_.disk());
}

report::RunFinished Pipeline::finished() const {
  report::RunFinished result;
  result.archives = commit_.archives();
  result.dependent = commit_.dependent();
  result.recovered = transfer_.recovered();
  result.shared_size = shared_size_;
  result.fetched = {counters_.bytes_received};
  result.requests = counters_.requests;
  return result;
}

/// Warns once per registry if it will answer fewer requests than the list has rows of it: each row needs at least one.
void Pipeline::compare_with_quota(const std::string& registry, http::Quota left) {
  if (!quotas_known_.insert(registry).second) return;
  const auto is_there = [&](const sync::BatchRow& row) { return registry_of(row) == registry; };
  const auto rows = static_cast<std::uint64_t>(std::ranges::count_if(rows_, is_there));
  if (left.requests >= rows) return;
  std::string text = registry + " allows " + std::to_string(left.requests) + " more pulls";
  if (left.window.count() > 0) text += ", of its quota for " + human(left.window);
  text += "; this run needs " + std::to_string(rows) +
          " or more: log in, split the list, or continue later when the run stops";
  report::tell(observer_, report::Warning{std::move(text)});
}

async::awaitable<void> Pipeline::run() {
  std::exception_ptr failure;
  try {
    auto spawn = [this](async::TaskGroup& group) { spawn_boxes(group); };
    co_await network_.run(std::move(spawn));
  } catch (...) {
    failure = std::current_exception();
  }
  if (compressor_) co_await compressor_->close();
  transfer_.forget_wrong_bytes();
  if (failure) std::rethrow_exception(failure);
}

void Pipeline::spawn_boxes(async::TaskGroup& group) {
  group.spawn(tick());
  group.spawn(resolve_and_plan(group));
  transfer_.start_copying(group);
  group.spawn(commit(group));
}

async::awaitable<void> Pipeline::tick() {
  constexpr double cost_of_a_request = 32 << 10;  // bytes that count as much as one request
  double before = 0;
  for (;;) {
    observer_.tick(std::chrono::steady_clock::now(), counters_);
    const double done =
        static_cast<double>(counters_.bytes_received) + cost_of_a_request * static_cast<double>(counters_.requests);
    network_.workers().adapt(done - std::exchange(before, done));
    co_await async::sleep(tick_interval);
  }
}

async::awaitable<void> Pipeline::resolve_and_plan(async::TaskGroup& group) {
  co_await take_inventory();
  // The size of a compressed archive is not known in advance.
  if (!compressor_ && !rows_.empty()) co_await require_room(group);
  for (;;) {
    std::optional<ResolveRows::Resolved> resolved = co_await resolve_.next(group);
    if (!resolved) break;
    co_await queue_.room(resolved->row);
    if (resolved->row < results_.failed_row()) plan(*std::move(resolved), group);
  }
  queue_.close();
}

/// Referrers and subjects of an archived manifest may have been pushed after the archive was made. So only the content
/// that a manifest itself consists of counts as stored.
async::awaitable<void> Pipeline::take_inventory() {
  engine::Resolver of_archives(network_.registries(), network_.workers(), manifests_, nullptr, nullptr,
                               plan::Subjects::ignored);
  engine::Inventory inventory(runtime_, folder_, dedup_, options_.dedup, of_archives, log_);
  co_await inventory.take(rows_);
}

/// Throws Error(no_space) if the disk has no room for the blobs of the first rows. Call before the first blob is
/// fetched.
async::awaitable<void> Pipeline::require_room(async::TaskGroup& group) {
  const std::pair<Bytes, std::size_t> ahead = co_await resolve_.size_ahead(dedup_, options_.dedup, group);
  const auto& [needed, artifacts] = ahead;
  const auto room = folder_.room();
  if (!room || needed <= *room) co_return;
  Error error(ErrorKind::no_space, folder_.directory().string() + ": " + human(needed) + " is needed for the next " +
                                       std::to_string(artifacts) + " artifacts, but only " + human(*room) + " is free");
  error.hint("free some space, or use a folder on another disk; no blob has been fetched yet");
  throw error;
}

void Pipeline::plan(ResolveRows::Resolved resolved, async::TaskGroup& group) {
  const std::uint64_t row = resolved.row;
  try {
    Planner::Planned planned = planner_.plan(row, std::move(resolved.artifact));
    counters_.bytes_planned += planned.summary.size.count;
    shared_size_ += planned.summary.shared_size;
    report::tell(observer_, std::move(planned.summary));
    for (std::string& text : engine::warnings_of(planned.archive->artifact))
      report::tell(observer_, report::Warning{std::move(text)});
    queue_.push(planned.archive);
    transfer_.start(planned.archive, group);
  } catch (...) {
    results_.give_up(row, std::current_exception());
  }
}

async::awaitable<void> Pipeline::commit(async::TaskGroup& group) {
  co_await commit_.run();
  group.cancel();  // the remaining children only wait for more work
}

}  // namespace acedt::serialize
