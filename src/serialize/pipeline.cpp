#include "serialize/pipeline.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "acedt/async/crossing.hpp"
#include "acedt/async/timeout.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/engine/inventory.hpp"
#include "acedt/engine/stored_content.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/sync/archive_name.hpp"
#include "serialize/lost.hpp"
#include "serialize/transfer.hpp"

namespace acedt::serialize {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t rows_resolved_ahead = 128;
constexpr Bytes min_piece{1 << 20};
constexpr Bytes any_size{std::numeric_limits<std::uint64_t>::max()};
constexpr std::size_t copy_buffer = 1 << 20;
constexpr int copies_at_once = 4;
constexpr auto between_ticks = 200ms;
constexpr int gathering_per_commit = 2;  // in times of the last one: so it takes a third of the time at most
constexpr auto max_gathering = 1s;
constexpr double rate_burst = 0.05;  // seconds' worth of bytes

/// Empty for a row that names none.
std::string registry_of(const sync::BatchRow& row) {
  try {
    return oci::Reference::parse(row.artifact).registry;
  } catch (const Error&) {
    return {};
  }
}

std::string host_of(const PendingArchive& archive) {
  return archive.artifact.repository.target.origin.authority();
}

bool needs_other_names(const PendingArchive& archive) {
  return std::ranges::any_of(archive.needs, [&](const std::string& file) {
    const auto needed = sync::ArchiveName::parse_tracked(file);
    return needed && needed->name != archive.artifact.row.name;
  });
}

/// The order of the tar streams; what resolves a row comes before its blobs.
engine::Workers::Priority priority_of(const Part& part) {
  return {part.archive->row, part.segment->offset.count + 1};
}

HashSeed random_seed() {
  std::random_device random;
  HashSeed seed{};
  for (std::uint64_t& word : seed) word = std::uint64_t{random()} << 32 | random();
  return seed;
}

/// One that begins with a burst of one, or of so many `seconds`.
std::shared_ptr<net::TokenBucket> bucket(std::optional<std::uint64_t> per_second, double seconds) {
  if (!per_second) return nullptr;
  const auto rate = static_cast<double>(*per_second);
  return std::make_shared<net::TokenBucket>(rate, std::max(1.0, rate * seconds));
}

}  // namespace

Pipeline::Pipeline(const Options& options, const Inputs& inputs, const std::vector<sync::BatchRow>& rows,
                   sync::Folder& folder, async::Runtime& runtime, report::Observer& observer, const Log& log)
    : options_(options),
      rows_(rows),
      ended_(rows_.size(), false),
      folder_(folder),
      runtime_(runtime),
      observer_(observer),
      log_(log),
      dedup_(options.dedup, random_seed()),
      memory_(inputs.memory),
      client_settings_(client_settings(inputs)),
      registries_(
          runtime.control(), options.engine.registries,
          [&options] { return registry::read_credentials(options.engine.auth_files); }, client_settings_, counters_),
      workers_(runtime, {options.engine.connections, options.engine.connections_per_host, client_settings_},
               registries_, counters_),
      manifests_(runtime, workers_, dedup_, folder),
      referrers_(runtime.control(), workers_),
      resolved_changed_(runtime.control()),
      budget_(runtime.control(), memory_.manifests, ended_, [this] { resolved_changed_.wake_all(); }),
      resolver_(registries_, workers_, manifests_, options.recursive ? &referrers_ : nullptr, &budget_),
      planner_(options, folder, dedup_, make_compressor()),
      transfers_{workers_, max_piece(), compressor_.has_value(),
                 [this](const Part& part, const engine::Work& more, std::uint64_t connections) {
                   call_help(part, more, connections);
                 },
                 [this](TransferEnd end) { transfers_ended_.put(std::move(end)); }},
      transfers_ended_(runtime.control(), [this](const TransferEnd& end) { transfer_ended(end); }),
      line_(runtime.control(), inputs.files.archives),
      copies_changed_(runtime.control()),
      committed_changed_(runtime.control()) {}

registry::TransportSettings Pipeline::client_settings(const Inputs& inputs) {
  registry::TransportSettings settings;
  settings.timeouts = options_.engine.timeouts;
  settings.retry = options_.engine.retry;
  const auto warn = [this](const std::string& text) {
    asio::post(runtime_.control(), [this, text] { tell(report::Warning{text}); });
  };
  settings.tls = std::make_shared<net::Tls>(options_.engine.certificates, warn);
  settings.proxies = options_.engine.proxies;
  settings.bytes =
      bucket(options_.engine.max_rate ? std::optional(options_.engine.max_rate->count) : std::nullopt, rate_burst);
  settings.requests = bucket(options_.engine.max_requests_per_second, 0);
  settings.on_quota = [this](const std::string& registry, http::Quota left) {
    asio::post(runtime_.control(), [this, registry, left] { compare_with_quota(registry, left); });
  };
  settings.receive_buffer = memory_.receive_buffer;
  settings.idle_connections = inputs.files.idle_connections;
  settings.on_retry = [this](report::Retrying event) {
    asio::post(runtime_.control(), [this, event = std::move(event)] { tell(event); });
  };
  settings.on_warning = warn;
  settings.on_busy = [this](const std::string& host) { workers_.too_busy(host); };
  settings.jitter = [] {
    thread_local std::minstd_rand random(std::random_device{}());
    return std::uniform_real_distribution<double>()(random);
  };
  return settings;
}

archive::Compressor* Pipeline::make_compressor() {
  if (options_.compression == codec::Compression::none) return nullptr;
  const archive::Compressor::Settings settings{options_.compression, level_of(options_), async::processors(),
                                               memory_.compression_window};
  return &compressor_.emplace(runtime_.control(), settings, folder_.disk());
}

/// Where archives are compressed, so small that all connections of a host find room in the window.
Bytes Pipeline::max_piece() const {
  if (!compressor_) return any_size;
  const unsigned connections = std::min(options_.engine.connections, options_.engine.connections_per_host);
  return std::clamp(Bytes{memory_.compression_window.count / connections}, min_piece, archive::frame_size);
}

std::string Pipeline::where(std::uint64_t row) const {
  const auto& [name, artifact, line, lost] = rows_[row];
  if (lost) return describe(*lost, folder_).append(remedy_for_lost) + ": " + artifact;
  return options_.batch_list.string() + ":" + std::to_string(line) + ": " + name + ": " + artifact;
}

void Pipeline::tell(report::What what) {
  observer_.on({std::chrono::steady_clock::now(), std::move(what)});
}

/// Warns at the first word of a registry about it: each row needs a manifest, if not more.
void Pipeline::compare_with_quota(const std::string& registry, http::Quota left) {
  if (!quotas_known_.insert(registry).second) return;
  const auto is_there = [&](const sync::BatchRow& row) { return registry_of(row) == registry; };
  const auto rows = static_cast<std::uint64_t>(std::ranges::count_if(rows_, is_there));
  if (left.requests >= rows) return;
  std::string text = registry + " allows " + std::to_string(left.requests) + " more pulls";
  if (left.window.count() > 0) text += ", of its quota for " + human(left.window);
  tell(report::Warning{text + "; this run needs " + std::to_string(rows) +
                       " at least: log in, split the list, or expect it to stop and go on later"});
}

report::RunFinished Pipeline::finished() const {
  report::RunFinished result = finished_;
  result.fetched = {counters_.bytes_received};
  result.requests = counters_.requests;
  return result;
}

async::awaitable<void> Pipeline::run() {
  std::exception_ptr failure;
  try {
    workers_.start();
    co_await steps();
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await workers_.stop();
  registries_.close();
  if (compressor_) co_await compressor_->close();
  for (const auto& [writer, offset] : must_rebuild_) writer->forget_from(offset);
  if (failure) std::rethrow_exception(failure);
}

async::awaitable<void> Pipeline::steps() {
  auto body = [this](async::TaskGroup& group) -> async::awaitable<void> {
    group.spawn(workers_.watch());
    group.spawn(tick());
    group.spawn(rows(group));  // as a child, so that a failure of the others ends it
    co_await group.join();
  };
  co_await async::with_group(std::move(body));
}

async::awaitable<void> Pipeline::rows(async::TaskGroup& group) {
  // What refers to an archived manifest, or is its subject, may have come to the registry after the archive was made:
  // only what it is made of was surely stored.
  engine::Resolver of_archives(registries_, workers_, manifests_, nullptr, nullptr, plan::Subjects::ignored);
  engine::Inventory inventory(runtime_, folder_, dedup_, options_.dedup, of_archives, log_);
  co_await inventory.take(rows_);
  group.spawn(resolve_rows(group));
  for (int i = 0; i < copies_at_once; ++i) group.spawn(copy_parts());
  group.spawn(commit_archives(group));
}

async::awaitable<void> Pipeline::tick() {
  constexpr double cost_of_a_request = 32 << 10;  // as much as so many bytes
  double before = 0;
  for (;;) {
    observer_.tick(std::chrono::steady_clock::now(), counters_);
    const double done =
        static_cast<double>(counters_.bytes_received) + cost_of_a_request * static_cast<double>(counters_.requests);
    workers_.adapt(done - std::exchange(before, done));
    co_await async::sleep(between_ticks);
  }
}

// Resolve: many rows at once; they are planned in their order.

async::awaitable<void> Pipeline::resolve_rows(async::TaskGroup& group) {
  std::uint64_t begun = 0;
  for (std::uint64_t row = 0; row < rows_.size(); ++row) {
    for (; begun < rows_.size() && begun < row + rows_resolved_ahead; ++begun) group.spawn(resolve_row(begun));
    if (row == 0 && !compressor_) co_await check_room(begun);
    while (is_unresolved(row)) co_await resolved_changed_.wait();
    if (row >= line_.failed_row()) break;
    if (!resolved_.contains(row)) continue;
    auto artifact = std::make_shared<engine::Artifact>(std::move(resolved_.extract(row).mapped()));
    co_await plan_row(row, std::move(artifact), group);
  }
  line_.close();
}

/// Nor given up, and still needed.
bool Pipeline::is_unresolved(std::uint64_t row) const {
  return !resolved_.contains(row) && !ended_[row] && row < line_.failed_row();
}

/// Before the first blob: is there room for what is known to be needed, at the least? Once rows wait for memory, no
/// more becomes known before some are committed.
async::awaitable<void> Pipeline::check_room(std::uint64_t rows) {
  const auto is_open = [this](std::uint64_t row) { return is_unresolved(row) && !budget_.is_short(); };
  for (std::uint64_t row = 0; row < rows; ++row) {
    while (is_open(row)) co_await resolved_changed_.wait();
  }
  Bytes needed;
  std::set<oci::Digest> counted;
  for (const auto& [row, artifact] : resolved_) {
    for (const auto& [descriptor, document] : artifact.graph.entries) {
      const bool is_there = options_.dedup != plan::DedupScope::none && dedup_.find(descriptor.digest, descriptor.size);
      if (!document && !is_there && counted.insert(descriptor.digest).second) needed += descriptor.size;
    }
  }
  const auto room = folder_.room();
  if (!room || needed <= *room) co_return;
  Error error(ErrorKind::no_space, folder_.directory().string() + ": " + human(needed) + " are needed for the next " +
                                       std::to_string(resolved_.size()) + " artifacts, and " + human(*room) +
                                       " are there");
  error.hint("free some space there, or use a folder elsewhere; nothing was fetched yet");
  throw error;
}

async::awaitable<void> Pipeline::resolve_row(std::uint64_t row) {
  try {
    oci::Reference reference = oci::Reference::parse(rows_[row].artifact);
    if (rows_[row].lost) reference.digest = oci::Digest::parse(rows_[row].lost->entry.origin->digest);
    engine::Artifact artifact = co_await resolver_.resolve(row, rows_[row], std::move(reference));
    resolved_.emplace(row, std::move(artifact));
  } catch (const engine::Dropped&) {
    // A row before it failed.
  } catch (...) {
    give_up(row, std::current_exception());
  }
  resolved_changed_.wake_all();
}

// Plan: one row after another; then its parts are on their way.

async::awaitable<void> Pipeline::plan_row(std::uint64_t row, std::shared_ptr<engine::Artifact> artifact,
                                          async::TaskGroup& group) {
  co_await line_.room(row);
  if (row >= line_.failed_row()) co_return;
  try {
    start(planner_.plan(row, std::move(*artifact)), group);
  } catch (...) {
    give_up(row, std::current_exception());
  }
}

void Pipeline::start(Planner::Planned planned, async::TaskGroup& group) {
  const std::shared_ptr<PendingArchive>& archive = planned.archive;
  being_made_.insert(archive->archive);
  counters_.bytes_planned += planned.summary.size.count;
  finished_.shared_size += planned.summary.shared_size;
  tell(std::move(planned.summary));
  for (std::string& text : engine::warnings_of(archive->artifact)) tell(report::Warning{std::move(text)});
  line_.push(archive);
  std::vector<Part> to_fetch;
  for (const plan::Segment& segment : archive->segments) {
    const Part part{archive, &segment};
    if (segment.blob == nullptr) {
      group.spawn(write_end(part));
    } else if (const auto holder = other_holder(*archive, *segment.blob)) {
      copies_.emplace_back(part, *holder);
    } else if (compressor_) {
      to_fetch.push_back(part);
    } else {
      start_transfer(part);
    }
  }
  copies_changed_.wake_all();
  if (!compressor_) return;
  group.spawn(transfer_in_order(archive, std::move(to_fetch)));
  group.spawn(watch(archive));
}

/// The archive, of lower number, that this blob can be taken from; nothing: the registry.
std::optional<plan::Dedup::Archive> Pipeline::other_holder(const PendingArchive& archive,
                                                           const oci::Descriptor& blob) const {
  const auto holding = dedup_.find(blob.digest, blob.size);
  if (!holding || holding->archive == archive.archive) return std::nullopt;
  const bool carried_away = !holding->location() && !being_made_.contains(holding->archive);
  return carried_away ? std::nullopt : std::optional(holding->archive);
}

// Transfer: each part of an archive ends in part_ended().

void Pipeline::start_transfer(Part part) {
  const engine::Workers::Priority priority = priority_of(part);
  const std::string host = host_of(*part.archive);
  workers_.push(priority, host, [this, part = std::move(part)](registry::Transport& client) {
    return transfer(client, transfers_, part);
  });
}

/// Connections for pieces of a large blob: in its turn where others wait behind it, else when they have nothing to do.
void Pipeline::call_help(const Part& part, const engine::Work& more, std::uint64_t connections) {
  const engine::Workers::Priority priority = compressor_ ? priority_of(part) : engine::Workers::when_idle;
  const std::string host = host_of(*part.archive);
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(connections, options_.engine.connections); ++i)
    workers_.push(priority, host, more);
}

void Pipeline::transfer_ended(const TransferEnd& end) {
  if (!end.failure) {
    const Bytes size = end.part.segment->blob->size;
    finished_.recovered += size - std::min(size, end.fetched);
    tell_stored(end.part, end.fetched, end.attempts);
  }
  part_ended(*end.part.archive, end.failure);
}

/// Each blob when the archive has room for its beginning: who has a connection never waits for one who has none.
async::awaitable<void> Pipeline::transfer_in_order(std::shared_ptr<PendingArchive> archive, std::vector<Part> parts) {
  std::exception_ptr failure;
  try {
    for (Part& part : parts) {
      const plan::Segment& segment = *part.segment;
      const Bytes beginning = std::min(segment.blob->size, transfers_.max_piece);
      co_await archive->writer->room(segment.offset, segment.size + beginning);
      start_transfer(std::move(part));
    }
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) part_ended(*archive, failure);
}

/// What cannot be written fails at once, whatever its connections wait for.
async::awaitable<void> Pipeline::watch(std::shared_ptr<PendingArchive> archive) {
  std::exception_ptr failure;
  try {
    co_await archive->writer->finish();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) part_ended(*archive, failure);
}

/// Takes one part after another, in the order of the run; a few do that at a time, as each has an open file and a
/// buffer.
/// The earliest part that is not copied yet waits for none of those after it, neither for an archive to be committed
/// nor for room in the window: so they cannot lock up.
async::awaitable<void> Pipeline::copy_parts() {
  for (;;) {
    while (copies_.empty()) co_await copies_changed_.wait();
    Part part = std::move(copies_.front().first);
    const plan::Dedup::Archive holder = copies_.front().second;
    copies_.pop_front();
    if (part.archive->row < line_.failed_row()) co_await copy(std::move(part), holder);
  }
}

/// The archive that has the blob may be under way itself, before this one in line.
async::awaitable<void> Pipeline::copy(Part part, plan::Dedup::Archive holder) {
  while (being_made_.contains(holder)) co_await committed_changed_.wait();
  const auto source = dedup_.find(part.segment->blob->digest, part.segment->blob->size);
  try {
    co_await copy_now(part, *source);
    tell_stored(part, {}, 0);
    part_ended(*part.archive, nullptr);
  } catch (...) {
    part_ended(*part.archive, std::current_exception());
  }
}

async::awaitable<void> Pipeline::copy_now(Part part, plan::Holding source) {
  engine::StoredContent content(folder_.archive_path(dedup_.file(source.archive)), *source.location(),
                                *part.segment->blob, folder_.disk());
  std::vector<std::byte> buffer(copy_buffer);
  Bytes offset = part.segment->offset;
  std::string head = part.segment->bytes();
  for (;;) {
    auto read = [&] { return content.next(buffer); };
    const std::span<const std::byte> piece = co_await async::offload(runtime_.disk(), read);
    if (piece.empty()) co_return;
    co_await part.archive->writer->write(offset, as_bytes(head), piece, archive::Writer::Retain::no);
    offset.count += head.size() + piece.size();
    head.clear();
    counters_.bytes_stored += piece.size();
  }
}

async::awaitable<void> Pipeline::write_end(Part part) {
  std::exception_ptr failure;
  try {
    co_await part.archive->writer->write(part.segment->offset, as_bytes(part.segment->bytes()));
  } catch (...) {
    failure = std::current_exception();
  }
  part_ended(*part.archive, failure);
}

void Pipeline::tell_stored(const Part& part, Bytes fetched, int attempts) {
  const oci::Descriptor& blob = *part.segment->blob;
  tell(report::BlobStored{part.archive->file, blob.digest, blob.size, fetched, attempts});
}

void Pipeline::part_ended(PendingArchive& archive, const std::exception_ptr& failure) {
  if (!failure) return line_.part_done(archive);
  try {
    engine::throw_as_error(failure);
  } catch (Error& error) {
    const auto* spoilt = dynamic_cast<const archive::MustRebuild*>(&error);
    if (spoilt != nullptr) must_rebuild_.emplace_back(archive.writer, spoilt->offset);
    error.add(where(archive.row));
    fail(archive.row, std::current_exception());
  }
}

/// A row that was not planned yet fails: nobody counts on its content.
void Pipeline::give_up(std::uint64_t row, const std::exception_ptr& failure) {
  try {
    engine::throw_as_error(failure);
  } catch (Error& error) {
    const auto room = error.kind() == ErrorKind::no_space ? folder_.room() : std::nullopt;
    if (room) error.add("only " + human(*room) + " are there");
    error.add(where(row));
    const bool is_of_folder = dynamic_cast<const engine::DamagedArchive*>(&error) != nullptr;
    if (!options_.keep_going || is_of_folder || engine::concerns_all(error.kind()))
      return fail(row, std::current_exception());
    failed_.push_back(engine::row_failed(rows_[row], error, true));
    tell(failed_.back());
    end(row);
  }
}

/// It is committed or passed over.
void Pipeline::end(std::uint64_t row) {
  ended_[row] = true;
  budget_.give_back(row);
}

void Pipeline::fail(std::uint64_t row, std::exception_ptr failure) {
  line_.fail(row, std::move(failure));
  workers_.drop_from(row);
  resolved_changed_.wake_all();
}

// Commit: in the order of the rows, as many at a time as are written. Most of what a commit waits for is the same for
// one archive and for a hundred: so between two of them there is some time.

async::awaitable<void> Pipeline::commit_archives(async::TaskGroup& group) {
  for (;;) {
    std::vector<std::shared_ptr<PendingArchive>> written = co_await line_.take_written();
    if (written.empty()) break;
    const auto begin = std::chrono::steady_clock::now();
    co_await commit(std::move(written));
    const auto took = std::chrono::steady_clock::now() - begin;
    co_await line_.gather(std::min<std::chrono::steady_clock::duration>(gathering_per_commit * took, max_gathering));
  }
  group.cancel();  // what is left waits for more to do
}

async::awaitable<void> Pipeline::commit(std::vector<std::shared_ptr<PendingArchive>> written) {
  std::vector<sync::FinishedArchive> finished;
  for (const std::shared_ptr<PendingArchive>& archive : written) {
    try {
      co_await archive->writer->finish();
    } catch (...) {
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

void Pipeline::committed(const PendingArchive& archive) {
  for (const plan::PlacedContent& content : archive.contents) {
    dedup_.add(archive.archive, content.digest, content.size, archive.writer->location(content.offset));
  }
  archive.writer->committed();
  end(archive.row);
  being_made_.erase(archive.archive);
  ++finished_.archives;
  report::ArchiveCommitted event{archive.file, archive.artifact.row.artifact, archive.artifact.root.digest,
                                 archive.writer->file_size()};
  if (options_.recursive) event.referrers = archive.artifact.graph.referrers;
  event.needs = archive.needs;
  if (needs_other_names(archive)) ++finished_.dependent;
  tell(std::move(event));
  if (archive.manifest_json_is_empty) {
    tell(report::Warning{where(archive.row) + ": manifest.json in " + archive.file + " is empty: no image has the " +
                         "annotation " + std::string(oci::annotation::source)});
  }
}

}  // namespace acedt::serialize
