#include "batch/pipeline.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "acedt/async/crossing.hpp"
#include "acedt/async/timeout.hpp"
#include "acedt/base/text.hpp"
#include "batch/inventory.hpp"
#include "batch/stored_content.hpp"
#include "batch/transfer.hpp"

namespace acedt::batch {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t rows_resolved_ahead = 128;
constexpr std::size_t most_in_a_commit = 128;
constexpr Bytes compression_window{48 << 20};
constexpr std::size_t copy_buffer = 1 << 20;
constexpr auto between_ticks = 200ms;

registry::Credentials load_credentials(const std::filesystem::path& file) {
  if (file.empty() || !std::filesystem::exists(file)) return {};
  return registry::Credentials::parse(read_file(file), file.string());
}

}  // namespace

Pipeline::Pipeline(const Options& options, std::vector<sync::BatchRow> rows, sync::Folder& folder,
                   async::Runtime& runtime, report::Observer& observer, const Log& log)
    : options_(options),
      rows_(std::move(rows)),
      folder_(folder),
      runtime_(runtime),
      observer_(observer),
      log_(log),
      dedup_(options.dedup),
      registries_(runtime.control(), options.registries, load_credentials(options.docker_config), client_settings(),
                  counters_),
      workers_(runtime, {options.connections, options.connections_per_host, client_settings()}, registries_, counters_),
      documents_(runtime, workers_, dedup_, folder, log),
      resolver_(registries_, workers_, documents_, options.recursive),
      planner_(options, folder, dedup_, make_compressor()),
      resolved_changed_(runtime.control()),
      line_(runtime.control()),
      committed_changed_(runtime.control()) {}

registry::ClientSettings Pipeline::client_settings() {
  registry::ClientSettings settings;
  settings.idle_connections = 2 * static_cast<std::size_t>(options_.connections);
  settings.on_retry = [this](report::Retrying event) {
    asio::post(runtime_.control(), [this, event = std::move(event)] { tell(event); });
  };
  settings.spread = [] {
    thread_local std::minstd_rand random(std::random_device{}());
    return std::uniform_real_distribution<double>()(random);
  };
  return settings;
}

archive::Compressor* Pipeline::make_compressor() {
  if (options_.compression == codec::Compression::none) return nullptr;
  const int usual = codec::level_range(options_.compression).usual;
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  const archive::Compressor::Settings settings{options_.compression, options_.compression_level.value_or(usual),
                                               threads, compression_window};
  return &compressor_.emplace(runtime_.control(), settings);
}

std::string Pipeline::where(std::uint64_t row) const {
  const auto& [name, artifact, reference, line] = rows_[row];
  return options_.batch_list.string() + ":" + std::to_string(line) + ": " + name + ": " + artifact;
}

void Pipeline::tell(report::What what) {
  observer_.on({std::chrono::steady_clock::now(), std::move(what)});
}

report::RunFinished Pipeline::finished() const {
  report::RunFinished result = finished_;
  result.fetched = {counters_.bytes_received};
  result.requests = counters_.requests;
  return result;
}

async::awaitable<void> Pipeline::run() {
  std::exception_ptr failure;
  workers_.start();
  try {
    co_await steps();
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await workers_.stop();
  registries_.close();
  if (compressor_) co_await compressor_->close();
  if (failure) std::rethrow_exception(failure);
  finished_.complete = true;
}

async::awaitable<void> Pipeline::steps() {
  auto body = [this](async::TaskGroup& group) -> async::awaitable<void> {
    group.spawn(tick());
    Inventory inventory(runtime_, folder_, dedup_, options_.dedup, resolver_, log_);
    co_await inventory.take(rows_);
    group.spawn(resolve_rows(group));
    group.spawn(commit_archives(group));
    co_await group.join();
  };
  co_await async::with_group(std::move(body));
}

async::awaitable<void> Pipeline::tick() {
  for (;;) {
    observer_.tick(std::chrono::steady_clock::now(), counters_);
    co_await async::sleep(between_ticks);
  }
}

// Resolve: many rows at once; they are planned in their order.

async::awaitable<void> Pipeline::resolve_rows(async::TaskGroup& group) {
  std::uint64_t begun = 0;
  for (std::uint64_t row = 0; row < rows_.size(); ++row) {
    for (; begun < rows_.size() && begun < row + rows_resolved_ahead; ++begun) group.spawn(resolve_row(begun));
    while (!resolved_.contains(row) && row < line_.failed_row()) co_await resolved_changed_.wait();
    if (row >= line_.failed_row()) break;
    auto artifact = std::make_shared<Artifact>(std::move(resolved_.extract(row).mapped()));
    co_await plan_row(row, std::move(artifact), group);
  }
  line_.close();
}

async::awaitable<void> Pipeline::resolve_row(std::uint64_t row) {
  try {
    Artifact artifact = co_await resolver_.resolve(row, rows_[row]);
    resolved_.emplace(row, std::move(artifact));
  } catch (Error& error) {
    error.add(where(row));
    fail(row, std::current_exception());
  }
  resolved_changed_.wake_all();
}

// Plan: one row after another; then its parts are on their way.

async::awaitable<void> Pipeline::plan_row(std::uint64_t row, std::shared_ptr<Artifact> artifact,
                                          async::TaskGroup& group) {
  co_await line_.room(row);
  if (row >= line_.failed_row()) co_return;
  try {
    start(planner_.plan(row, std::move(*artifact)), group);
  } catch (Error& error) {
    error.add(where(row));
    fail(row, std::current_exception());
  }
}

void Pipeline::start(Planner::Planned planned, async::TaskGroup& group) {
  const std::shared_ptr<UnderWay>& archive = planned.archive;
  being_made_.insert(archive->archive);
  counters_.bytes_planned += planned.summary.size.count;
  finished_.shared_size += planned.summary.shared_size;
  tell(std::move(planned.summary));
  line_.push(archive);
  for (plan::Segment& segment : planned.layout.segments) {
    if (!segment.blob) {
      group.spawn(write_end(archive, std::move(segment)));
    } else if (const auto holder = planner_.other_holder(*archive, segment.blob->digest)) {
      group.spawn(copy(archive, std::move(segment), *holder));
    } else {
      start_transfer(archive, std::move(segment));
    }
  }
}

// Transfer: each part of an archive ends in part_ended().

void Pipeline::start_transfer(std::shared_ptr<UnderWay> archive, plan::Segment segment) {
  const std::uint64_t row = archive->row;
  std::string host = archive->artifact.repository.target.origin.authority();
  Work work = [this, archive = std::move(archive), segment = std::move(segment)](registry::Client& client) {
    return fetch(client, archive, segment);
  };
  workers_.push(row, std::move(host), std::move(work));
}

async::awaitable<void> Pipeline::fetch(registry::Client& client, std::shared_ptr<UnderWay> archive,
                                       plan::Segment segment) {
  report::BlobStored event{archive->file, segment.blob->digest, segment.blob->size};
  Transfer job{archive->artifact.repository, std::move(*segment.blob), archive->writer, segment.offset,
               std::move(segment.bytes)};
  std::exception_ptr failure;
  try {
    co_await transfer(client, std::move(job));
  } catch (...) {
    failure = std::current_exception();
  }
  if (async::is_cancellation(failure)) co_return;
  asio::post(runtime_.control(), [this, archive = std::move(archive), event = std::move(event), failure]() mutable {
    if (!failure) tell(std::move(event));
    part_ended(*archive, failure);
  });
}

/// The archive that has the blob may be under way itself, before this one in line.
async::awaitable<void> Pipeline::copy(std::shared_ptr<UnderWay> archive, plan::Segment segment,
                                      plan::Dedup::Archive holder) {
  while (being_made_.contains(holder)) co_await committed_changed_.wait();
  const auto source = dedup_.find(segment.blob->digest);
  if (!source || !source->place) {  // carried away
    start_transfer(std::move(archive), std::move(segment));
    co_return;
  }
  try {
    co_await copy_now(archive, segment, *source);
    tell(report::BlobStored{archive->file, segment.blob->digest, segment.blob->size, true});
    part_ended(*archive, nullptr);
  } catch (Error& error) {
    error.add(dedup_.file(source->archive));
    if (!archive->writer->rewritable()) {
      error.hint(
          "an archive of the folder is damaged: restore it, or move it away so that its content is fetched again");
      part_ended(*archive, std::current_exception());
      co_return;
    }
    log_.warn("content of an archive is damaged, fetching it again", {{"problem", error.what()}});
    start_transfer(std::move(archive), std::move(segment));
  }
}

async::awaitable<void> Pipeline::copy_now(std::shared_ptr<UnderWay> archive, plan::Segment segment,
                                          plan::Dedup::Holding source) {
  StoredContent content(folder_.archive_path(dedup_.file(source.archive)), *source.place, *segment.blob);
  std::vector<std::byte> buffer(copy_buffer);
  Bytes offset = segment.offset;
  std::string_view head = segment.bytes;
  for (;;) {
    auto read = [&] { return content.next(buffer); };
    const std::span<const std::byte> piece = co_await async::offload(runtime_.disk(), read);
    if (piece.empty()) co_return;
    co_await archive->writer->write(offset, as_bytes(head), piece);
    offset.count += head.size() + piece.size();
    head = {};
    counters_.bytes_stored += piece.size();
  }
}

async::awaitable<void> Pipeline::write_end(std::shared_ptr<UnderWay> archive, plan::Segment segment) {
  try {
    const std::span<const std::byte> no_head;
    co_await archive->writer->write(segment.offset, no_head, as_bytes(segment.bytes));
    part_ended(*archive, nullptr);
  } catch (const Error&) {
    part_ended(*archive, std::current_exception());
  }
}

void Pipeline::part_ended(UnderWay& archive, std::exception_ptr failure) {
  if (!failure) return line_.part_done(archive);
  try {
    std::rethrow_exception(failure);
  } catch (Error& error) {
    error.add(where(archive.row));
    fail(archive.row, std::current_exception());
  }
}

void Pipeline::fail(std::uint64_t row, std::exception_ptr failure) {
  line_.fail(row, std::move(failure));
  workers_.drop_from(row);
  resolved_changed_.wake_all();
}

// Commit: in the order of the rows, as many at a time as are written.

async::awaitable<void> Pipeline::commit_archives(async::TaskGroup& group) {
  for (;;) {
    std::vector<std::shared_ptr<UnderWay>> written = co_await line_.take_written(most_in_a_commit);
    if (written.empty()) break;
    co_await commit(std::move(written));
  }
  group.cancel();  // what is left waits for more to do
}

async::awaitable<void> Pipeline::commit(std::vector<std::shared_ptr<UnderWay>> written) {
  std::vector<sync::FinishedArchive> finished;
  for (const std::shared_ptr<UnderWay>& archive : written) {
    try {
      co_await archive->writer->finish();
    } catch (const Error&) {
      part_ended(*archive, std::current_exception());
      break;
    }
    finished.push_back(archive->finished());
  }
  auto job = [&] {
    folder_.commit(finished);
    return finished.size();
  };
  const std::size_t count = co_await async::offload(runtime_.disk(), job);
  for (std::size_t i = 0; i < count; ++i) committed(*written[i]);
  committed_changed_.wake_all();
}

void Pipeline::committed(const UnderWay& archive) {
  for (const plan::Placed& content : archive.contents) {
    dedup_.add(archive.archive, content.digest, archive.writer->place(content.offset));
  }
  being_made_.erase(archive.archive);
  ++finished_.archives;
  tell(report::ArchiveCommitted{archive.file, archive.artifact.row.artifact, archive.artifact.root.digest,
                                archive.writer->file_size()});
}

}  // namespace acedt::batch
