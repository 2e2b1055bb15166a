// A pass is one task group: the connections' watcher, starting archives, copying, committing. It ends in
// one of three ways. commit() finds every archive committed and cancels the group. Or it throws the failure of a row,
// after the rows before it were committed, and the group cancels the rest. Or another child throws a failure that
// belongs to no row. In each case, run() then waits for connections and compression to stop, so that nothing of the
// pass is left when it returns.

#include "serialize/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "acedt/async/runtime.hpp"
#include "acedt/async/timeout.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/net/tls.hpp"
#include "acedt/registry/credentials.hpp"
#include "serialize/list_source.hpp"
#include "serialize/plan_source.hpp"

namespace acedt::serialize {
namespace {

/// Returns the registry that a row names; empty if its reference cannot be parsed.
std::string registry_of(const sync::BatchRow& row) {
  try {
    return oci::Reference::parse(row.artifact).registry;
  } catch (const Error&) {
    return {};
  }
}

/// Returns how many archives may be pending. One in parts has several files open.
std::size_t max_pending(const Options& options, const engine::OpenFiles& files) {
  constexpr std::size_t min_pending = 2;
  return options.split ? std::max(files.archives / JoinedFile::max_open_parts, min_pending) : files.archives;
}

}  // namespace

Pipeline::Pipeline(const Options& options, const engine::Inputs& inputs, const std::vector<sync::BatchRow>& rows,
                   PlanFile plan, sync::Folder& folder, async::Runtime& runtime, report::Observer& observer,
                   const Log& log)
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
      results_(options, rows, folder, observer, [this](std::uint64_t row) { budget_.give_back(row); }),
      budget_(runtime.control(), memory_.manifests, results_.ended(), [this] { source_->wake(); }),
      queue_(runtime.control(), max_pending(options, inputs.files), results_),
      source_(make_source(std::move(plan))),
      transfer_(options, memory_, runtime, network_.workers(), folder, dedup_, queue_, results_, observer, counters_),
      commit_(options, runtime, folder, dedup_, queue_, results_, observer,
              {[this](const PendingArchive& archive) { transfer_.committed(archive.archive); },
               [this](PendingArchive& archive, const std::exception_ptr& failure) {
                 transfer_.part_ended(archive, failure);
               }}) {
  make_compressor();
  results_.when_failed([this](std::uint64_t row) { network_.workers().drop_from(row); });
}

std::unique_ptr<RowSource> Pipeline::make_source(PlanFile plan) {
  if (plan != nullptr)
    return std::make_unique<PlanSource>(options_, std::move(plan), rows_, folder_, runtime_, network_, dedup_, results_,
                                        budget_);
  return std::make_unique<ListSource>(options_, rows_, folder_, &folder_, runtime_, network_, dedup_, results_, budget_,
                                      log_);
}

void Pipeline::make_compressor() {
  if (options_.compression == codec::Compression::none) return;
  const archive::Compressor::Settings settings{options_.compression, level_of(options_), async::processors(),
                                               memory_.compression_window, options_.split};
  compressor_.emplace(runtime_.control(), settings, folder_.disk());
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
  group.spawn(start_archives(group));
  transfer_.start_copying(group);
  group.spawn(commit(group));
}

async::awaitable<void> Pipeline::start_archives(async::TaskGroup& group) {
  // The size of a compressed archive is not known in advance.
  if (!compressor_ && !rows_.empty()) co_await require_room(group);
  for (;;) {
    std::optional<Planned> planned = co_await source_->next(group);
    if (!planned) break;
    const std::uint64_t row = planned->archive->row;
    co_await queue_.room(row);
    if (row < results_.failed_row()) start(*std::move(planned), group);
  }
  queue_.close();
}

/// Throws Error(no_space) if the disk has no room for the blobs of the first rows. Call before the first blob is
/// fetched.
async::awaitable<void> Pipeline::require_room(async::TaskGroup& group) {
  const RowSource::Ahead ahead = co_await source_->size_ahead(group);
  const auto room = folder_.room();
  if (!room || ahead.size <= *room) co_return;
  Error error(ErrorKind::no_space,
              folder_.directory().string() + ": " + human(ahead.size) + " is needed for the next " +
                  (ahead.archives == 1 ? "artifact" : std::to_string(ahead.archives) + " artifacts") + ", but only " +
                  human(*room) + " is free");
  error.hint("free some space, or use a folder on another disk; no blob has been fetched yet");
  throw error;
}

/// Creates the file of an archive, and starts its parts.
void Pipeline::start(Planned planned, async::TaskGroup& group) {
  const std::shared_ptr<PendingArchive> archive = std::move(planned.archive);
  try {
    const auto path = folder_.partial_path(archive->partial);
    archive->writer = compressor_ ? compressor_->next(path, planned.tar_size)
                                  : archive::plain_writer(path, planned.tar_size, options_.split, folder_.disk());
    counters_.bytes_planned += planned.summary.size.count;
    shared_size_ += planned.summary.shared_size;
    report::tell(observer_, std::move(planned.summary));
    for (std::string& text : engine::warnings_of(archive->artifact))
      report::tell(observer_, report::Warning{std::move(text)});
    queue_.push(archive);
    transfer_.start(archive, group);
  } catch (...) {
    results_.give_up(archive->row, std::current_exception());
  }
}

async::awaitable<void> Pipeline::commit(async::TaskGroup& group) {
  co_await commit_.run();
  group.cancel();  // the remaining children only wait for more work
}

}  // namespace acedt::serialize
