// Each part of an archive is written in one of three ways: text by a coroutine of its own, blobs that another archive
// of the folder has by a few copying coroutines, and all other blobs by jobs of the workers. Every part, however it is
// written, ends in part_ended(). Blobs are requested in list order, which is the order of the compressed stream.
//
// Why nothing deadlocks on the window of a compressed stream: a blob, and each piece of it, is requested only after
// room() returned for it, in stream order. So an active connection never waits for room that a queued job would free.

#include "serialize/transfer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "acedt/archive/compressor.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/stored_content.hpp"

namespace acedt::serialize {
namespace {

constexpr Bytes min_piece{1 << 20};
constexpr Bytes any_size{std::numeric_limits<std::uint64_t>::max()};
constexpr std::size_t copy_buffer = 1 << 20;
constexpr int max_copies = 4;  // at a time; each has an open file and a buffer

std::string host_of(const PendingArchive& archive) {
  return archive.artifact.repository.target.origin.authority();
}

/// Returns a priority in the order of the tar streams. Requests that resolve a row come before its blobs.
engine::Workers::Priority priority_of(const Part& part) {
  return {part.archive->row, part.segment->offset.count + 1};
}

bool is_compressed(const Options& options) {
  return options.compression != codec::Compression::none;
}

/// Returns the largest piece to request. If archives are compressed, it is small enough that pieces of all connections
/// of a host fit in the window.
Bytes max_piece(const Options& options, const engine::Memory& memory) {
  if (!is_compressed(options)) return any_size;
  const unsigned connections = std::min(options.engine.connections, options.engine.connections_per_host);
  return std::clamp(Bytes{memory.compression_window.count / connections}, min_piece, archive::frame_size);
}

}  // namespace

Transfer::Transfer(const Options& options, const engine::Memory& memory, async::Runtime& runtime,
                   engine::Workers& workers, sync::Folder& folder, plan::Dedup& dedup, CommitQueue& queue,
                   RowResults& results, report::Observer& observer, report::Counters& counters)
    : options_(options),
      runtime_(runtime),
      workers_(workers),
      folder_(folder),
      dedup_(dedup),
      queue_(queue),
      results_(results),
      observer_(observer),
      counters_(counters),
      fetches_{workers, max_piece(options, memory), is_compressed(options),
               [this](const Part& part, const engine::Work& more, std::uint64_t connections) {
                 call_help(part, more, connections);
               },
               [this](BlobEnd end) { fetched_.put(std::move(end)); }},
      fetched_(runtime.control(), [this](const BlobEnd& end) { fetched(end); }),
      copies_changed_(runtime.control()),
      committed_(runtime.control()) {}

void Transfer::start(const std::shared_ptr<PendingArchive>& archive, async::TaskGroup& group) {
  pending_.insert(archive->archive);
  std::vector<Part> to_fetch;
  for (const plan::Segment& segment : archive->segments) {
    const Part part{archive, &segment};
    if (segment.blob == nullptr) {
      group.spawn(write_text(part));
    } else if (const auto holder = other_holder(*archive, *segment.blob)) {
      copies_.push_back({part, *holder});
    } else if (is_compressed(options_)) {
      to_fetch.push_back(part);
    } else {
      fetch(part);
    }
  }
  copies_changed_.wake_all();
  if (!is_compressed(options_)) return;
  group.spawn(fetch_in_order(archive, std::move(to_fetch)));
  group.spawn(watch(archive));
}

/// Returns the archive of lower number that this blob can be copied from; unset if it has to be fetched.
std::optional<plan::Dedup::Archive> Transfer::other_holder(const PendingArchive& archive,
                                                           const oci::Descriptor& blob) const {
  const auto holding = dedup_.find(blob.digest, blob.size);
  if (!holding || holding->archive == archive.archive) return std::nullopt;
  const bool was_carried_away = !holding->location() && !pending_.contains(holding->archive);
  return was_carried_away ? std::nullopt : std::optional(holding->archive);
}

// Fetching.

void Transfer::fetch(Part part) {
  const engine::Workers::Priority priority = priority_of(part);
  const std::string host = host_of(*part.archive);
  workers_.push(priority, host, [this, part = std::move(part)](registry::Transport& transport) {
    return fetch_blob(transport, fetches_, part);
  });
}

/// Offers pieces of a large blob to other connections: in list order if archives are compressed, because later blobs
/// wait for these pieces to leave the window; else only to idle connections.
void Transfer::call_help(const Part& part, const engine::Work& more, std::uint64_t connections) {
  const engine::Workers::Priority priority = is_compressed(options_) ? priority_of(part) : engine::Workers::when_idle;
  const std::string host = host_of(*part.archive);
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(connections, options_.engine.connections); ++i)
    workers_.push(priority, host, more);
}

void Transfer::fetched(const BlobEnd& end) {
  if (!end.failure) {
    const Bytes size = end.part.segment->blob->size;
    recovered_ += size - std::min(size, end.fetched);
    tell_stored(end.part, end.fetched, end.attempts);
  }
  part_ended(*end.part.archive, end.failure);
}

/// Queues each blob when the window has room for its beginning.
async::awaitable<void> Transfer::fetch_in_order(std::shared_ptr<PendingArchive> archive, std::vector<Part> parts) {
  std::exception_ptr failure;
  try {
    for (Part& part : parts) {
      const plan::Segment& segment = *part.segment;
      const Bytes beginning = std::min(segment.blob->size, fetches_.max_piece);
      co_await archive->writer->room(segment.offset, segment.size + beginning);
      fetch(std::move(part));
    }
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) part_ended(*archive, failure);
}

/// Fails the row at once if a frame of its archive cannot be written, even while its connections wait for something
/// else.
async::awaitable<void> Transfer::watch(std::shared_ptr<PendingArchive> archive) {
  std::exception_ptr failure;
  try {
    co_await archive->writer->finish();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) part_ended(*archive, failure);
}

// Copying from archives of the folder, some of which may be made by this run.

void Transfer::start_copying(async::TaskGroup& group) {
  for (int i = 0; i < max_copies; ++i) group.spawn(copy_parts());
}

/// Copies one part after another, in the order of the run. The earliest part that is not copied yet never waits for a
/// later one, neither for an archive to be committed nor for room in the window, so copying cannot deadlock.
async::awaitable<void> Transfer::copy_parts() {
  for (;;) {
    while (copies_.empty()) co_await copies_changed_.wait();
    Copy job = std::move(copies_.front());
    copies_.pop_front();
    if (job.part.archive->row < results_.failed_row()) co_await copy(std::move(job));
  }
}

async::awaitable<void> Transfer::copy(Copy job) {
  while (pending_.contains(job.holder)) co_await committed_.wait();
  const Part& part = job.part;
  try {
    const auto source = dedup_.find(part.segment->blob->digest, part.segment->blob->size);
    co_await copy_content(part, *source);
    tell_stored(part, {}, 0);
    part_ended(*part.archive, nullptr);
  } catch (...) {
    part_ended(*part.archive, std::current_exception());
  }
}

async::awaitable<void> Transfer::copy_content(Part part, plan::Holding source) {
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

void Transfer::committed(plan::Dedup::Archive archive) {
  pending_.erase(archive);
  committed_.wake_all();
}

async::awaitable<void> Transfer::write_text(Part part) {
  std::exception_ptr failure;
  try {
    co_await part.archive->writer->write(part.segment->offset, as_bytes(part.segment->bytes()));
  } catch (...) {
    failure = std::current_exception();
  }
  part_ended(*part.archive, failure);
}

void Transfer::tell_stored(const Part& part, Bytes fetched, int attempts) {
  const oci::Descriptor& blob = *part.segment->blob;
  report::tell(observer_, report::BlobStored{part.archive->file, blob.digest, blob.size, fetched, attempts});
}

void Transfer::part_ended(PendingArchive& archive, const std::exception_ptr& failure) {
  if (!failure) return queue_.part_done(archive);
  try {
    std::rethrow_exception(failure);
  } catch (const archive::MustRebuild& must_rebuild) {
    wrong_.emplace_back(archive.writer, must_rebuild.offset);
  } catch (...) {
    // After any other failure, the bytes of the archive can be resumed.
  }
  results_.fail(archive.row, failure);
}

void Transfer::forget_wrong_bytes() {
  for (const auto& [writer, offset] : wrong_) writer->forget_from(offset);
}

}  // namespace acedt::serialize
