// The I/O around BlobTransfer and PieceFetch: coroutines that send requests, hash, and write into the archive. They
// tell the state machines what happened, and do what these say next.
//
// A SharedBlob lives as long as any connection works on the blob. The first one starts in fetch_blob(), helpers in
// more_work(). Each takes pieces until none is left. The one that hashes the last byte verifies the blob, and the first
// one that meets the end, good or bad, reports it; the others notice ended() at their next read and stop.

#include "serialize/fetch_blob.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/registry/problem.hpp"
#include "serialize/blob_transfer.hpp"

namespace acedt::serialize {
namespace {

using Clock = std::chrono::steady_clock;
using Piece = Pieces::Piece;

// Bytes to hash before other connections of the thread get their turn.
constexpr std::uint64_t read_back_at_once = 256 << 10;

/// CPU time of the calling thread.
struct ThreadClock {
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<ThreadClock, duration>;

  static time_point now() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time_point(std::chrono::seconds(time.tv_sec) + duration(time.tv_nsec));
  }
};

/// State shared by the connections that fetch one blob. The mutex guards the state machine, and is never held over an
/// await. Only the connection that hashes uses the hasher.
struct SharedBlob {
  SharedBlob(const BlobFetches& of_run, Part of_archive, report::Transfers& transfers)
      : fetches(of_run),
        part(std::move(of_archive)),
        head(part.segment->bytes()),
        hasher(blob().digest.algorithm()),
        transfer(blob().size, fetches.max_piece,
                 recovered_of(archive().recovered(), part.segment->blob_offset(), blob().size)),
        shown(transfers, part.archive->file, blob().digest, blob().size) {}

  const oci::Descriptor& blob() const { return *part.segment->blob; }
  const registry::Repository& repository() const { return part.archive->artifact.repository; }
  archive::Writer& archive() const { return *part.archive->writer; }
  Bytes offset_of(std::uint64_t position) const { return part.segment->blob_offset() + Bytes{position}; }
  std::string name() const { return "blob " + blob().digest.text(); }

  /// Calls `use` with the state machine, under the mutex.
  template <class Use>
  auto locked(Use use) {
    const std::lock_guard lock(mutex);
    return use(transfer);
  }

  const BlobFetches& fetches;
  Part part;
  std::string head;  // bytes of the archive before the blob that belong to its part: the tar header and padding
  codec::Hasher hasher;
  std::mutex mutex;
  BlobTransfer transfer;
  std::string held;                            // content of a small blob
  std::optional<registry::Failover> failover;  // for the whole blob, once its bytes turned out to be wrong
  std::atomic<std::uint64_t> fetched{0};       // bytes
  std::atomic<int> failed{0};                  // attempts
  report::Transfers::Transfer shown;           // its progress, for displays
};

using Shared = std::shared_ptr<SharedBlob>;

engine::Work more_work(Shared blob);

/// Hashes the pieces that arrived early, as far as they follow the front. Returns true if the whole blob is hashed.
async::awaitable<bool> hash_arrived(Shared blob) {
  const auto next_to_hash = [](BlobTransfer& transfer) { return transfer.next_to_hash(); };
  bool complete = false;
  for (std::optional<Piece> next = blob->locked(next_to_hash); next; next = blob->locked(next_to_hash)) {
    std::vector<std::byte> buffer(std::min(read_back_at_once, next->end - next->first));
    for (std::uint64_t at = next->first; at < next->end;) {
      const std::span<std::byte> bytes = std::span(buffer).first(std::min(buffer.size(), next->end - at));
      const Bytes size{bytes.size()};
      co_await blob->archive().room(blob->offset_of(at), size);  // bytes of an earlier run take room in the window, too
      blob->archive().read_back(blob->offset_of(at), bytes);
      blob->hasher.update(bytes);
      blob->archive().release(blob->offset_of(at), size);
      at += bytes.size();
      co_await asio::post(asio::use_awaitable);
    }
    complete = blob->locked([&](BlobTransfer& transfer) { return transfer.hashed(*next); });
  }
  co_return complete;
}

/// Fetches one piece of a blob over one connection.
class Fetch {
 public:
  Fetch(registry::Transport& transport, Shared blob, Piece piece)
      : transport_(transport),
        blob_(std::move(blob)),
        fetch_(blob_->blob().size, piece),
        is_hashed_(blob_->locked([&](BlobTransfer& transfer) { return transfer.begin_hashing(piece); })),
        failover_(transport.failover_for(blob_->repository())) {}

  /// Returns true if the whole blob is now hashed.
  async::awaitable<bool> run() {
    for (;;) {
      std::exception_ptr failure;
      try {
        co_await attempt();
        break;
      } catch (const Error&) {
        failure = std::current_exception();
      }
      if (fetch_.failed(failure) == PieceFetch::After::done) break;
      ++blob_->failed;
      co_await transport_.go_on(failover_, failure, blob_->name());
    }
    const bool complete =
        blob_->locked([this](BlobTransfer& transfer) { return transfer.arrived(fetch_.piece(), is_hashed_, pace_); });
    if (complete) co_return true;
    co_return co_await hash_arrived(blob_);
  }

 private:
  async::awaitable<void> attempt() {
    const std::uint64_t begin = fetch_.at();
    const registry::Repository& repository = failover_.where();
    http::Request request{"GET", repository.path("blobs", blob_->blob().digest.text())};
    if (const auto range = fetch_.range()) request.fields.add("Range", *range);
    asked_ = Clock::now();
    may_call_ = blob_->locked([](const BlobTransfer& transfer) { return transfer.left() > 0; });
    if (may_call_) worked_ = ThreadClock::now();  // only if needed: a system call
    registry::Response response = co_await transport_.get(repository, std::move(request));
    const Clock::time_point answered = Clock::now();
    try {
      const http::ResponseHead& head = response.head;
      const bool is_whole = fetch_.begin(
          {head.status, std::string(head.fields.get("Content-Range").value_or("")), head.content_length()});
      if (is_whole) receive_all();
      co_await receive(*response.connection);
    } catch (Error& error) {
      registry::explain_page(error, response.head);
      error.add(response.what());
      throw;
    }
    pace_ = {answered - asked_, Clock::now() - answered, {fetch_.piece().end - begin}};
    transport_.done(response);
  }

  /// The registry sends the whole blob: this connection takes all of it, except what others are fetching already.
  void receive_all() {
    Piece piece = fetch_.piece();
    const std::uint64_t more = blob_->locked([&](BlobTransfer& transfer) {
      transfer.extend(piece);
      return transfer.call_for_help(true, false);
    });
    fetch_.widen(piece);
    call(more);
  }

  async::awaitable<void> receive(net::Connection& connection) {
    for (;;) {
      call_for_help();
      if (blob_->transfer.ended()) async::throw_cancelled();
      const std::span<const std::byte> bytes = co_await connection.read();
      if (bytes.empty()) break;
      transport_.counters().bytes_received.fetch_add(bytes.size(), std::memory_order_relaxed);
      const PieceFetch::Taken taken = fetch_.take(bytes);
      co_await keep(taken);
      if (taken.is_last) co_return;
    }
    fetch_.finish();
  }

  /// Calls other connections if they would speed up this blob.
  void call_for_help() {
    if (!may_call_ || !blob_->transfer.calls_for_help()) return;
    const bool waits = waits_for_network();
    const bool idle = blob_->fetches.workers.has_idle_thread();
    if (!waits && !idle) return;
    call(blob_->locked([&](BlobTransfer& transfer) { return transfer.call_for_help(waits, idle); }));
  }

  void call(std::uint64_t connections) {
    if (connections > 0) blob_->fetches.call_help(blob_->part, more_work(blob_), connections);
  }

  /// More connections raise throughput only if this one waits for the network, not for the processor.
  bool waits_for_network() const {
    // If archives are compressed, later blobs wait for this one to leave the window: it calls for help earlier.
    const std::chrono::milliseconds long_enough_to_know(blob_->fetches.piece_by_piece ? 20 : 100);
    const std::chrono::nanoseconds elapsed = Clock::now() - asked_;
    const std::chrono::nanoseconds worked = ThreadClock::now() - worked_;
    return elapsed >= long_enough_to_know && 5 * worked < 2 * elapsed;
  }

  /// Holds the bytes of a small blob; writes the bytes of a large one.
  async::awaitable<void> keep(PieceFetch::Taken taken) {
    if (taken.bytes.empty()) co_return;
    if (is_hashed_) blob_->hasher.update(taken.bytes);
    if (blob_->transfer.is_small()) {
      blob_->held += as_text(taken.bytes);
    } else {
      const bool is_first = taken.offset == 0;
      const Bytes offset = is_first ? blob_->part.segment->offset : blob_->offset_of(taken.offset);
      const auto head = is_first ? as_bytes(blob_->head) : std::span<const std::byte>();
      const auto retain = is_hashed_ ? archive::Writer::Retain::no : archive::Writer::Retain::yes;
      co_await blob_->archive().write(offset, head, taken.bytes, retain);
      transport_.counters().bytes_stored.fetch_add(taken.bytes.size(), std::memory_order_relaxed);
    }
    fetch_.kept(taken.bytes.size());
    if (fetch_.has_progressed()) failover_.progress();
    blob_->fetched += taken.bytes.size();
    blob_->shown.add(taken.bytes.size());
  }

  registry::Transport& transport_;
  Shared blob_;
  PieceFetch fetch_;
  bool is_hashed_;  // as its bytes arrive
  registry::Failover failover_;
  Clock::time_point asked_;
  ThreadClock::time_point worked_;  // CPU time of the thread when the request was sent
  bool may_call_ = false;
  std::optional<Pieces::Pace> pace_;
};

/// Writes a small blob, which is verified, into the archive.
async::awaitable<void> store_held(registry::Transport& transport, Shared blob) {
  if (blob->held.empty()) co_return;
  const auto held = as_bytes(blob->held);
  co_await blob->archive().write(blob->part.segment->offset, as_bytes(blob->head), held, archive::Writer::Retain::no);
  transport.counters().bytes_stored.fetch_add(held.size(), std::memory_order_relaxed);
}

/// Call when every byte was hashed. Returns true if the digest matches; false if the blob must be fetched again.
async::awaitable<bool> verify(registry::Transport& transport, Shared blob) {
  using Verdict = BlobTransfer::Verdict;
  const oci::Digest got = blob->hasher.finish();
  const bool is_held = !blob->held.empty();
  const bool can_be_rewritten = is_held || blob->archive().rewritable();
  const bool is_right = got == blob->blob().digest;
  const Verdict verdict =
      blob->locked([&](BlobTransfer& transfer) { return transfer.digest_known(is_right, can_be_rewritten); });
  if (verdict == Verdict::right) {
    co_await store_held(transport, blob);
    co_return true;
  }
  const std::string what = "got " + got.text() + ", want " + blob->blob().digest.text();
  if (verdict == Verdict::must_rebuild) throw archive::MustRebuild(blob->part.segment->offset, what);
  blob->held.clear();
  if (!is_held) transport.counters().bytes_stored.fetch_sub(blob->blob().size.count, std::memory_order_relaxed);
  if (verdict == Verdict::retry) {
    ++blob->failed;
    const auto wrong = std::make_exception_ptr(Error(ErrorKind::corrupt, what));
    if (!blob->failover) blob->failover = transport.failover_for(blob->repository());
    co_await transport.go_on(*blob->failover, wrong, blob->name());
  }
  blob->locked([](BlobTransfer& transfer) { transfer.restart(); });
  blob->shown.restart_at({});
  co_return false;
}

/// Fetches pieces until none is left. Returns true if the blob is verified and in the archive; false if other
/// connections fetch the rest.
async::awaitable<bool> fetch_pieces(registry::Transport& transport, Shared blob) {
  const auto take = [](BlobTransfer& transfer) { return transfer.take(); };
  for (auto piece = blob->locked(take); piece; piece = blob->locked(take)) {
    const Bytes size{piece->end - piece->first};
    if (blob->fetches.piece_by_piece) co_await blob->archive().room(blob->offset_of(piece->first), size);
    Fetch fetch(transport, blob, *piece);
    const bool complete = co_await fetch.run();
    if (!complete) continue;
    const bool is_right = co_await verify(transport, blob);
    if (is_right) co_return true;
  }
  co_return false;
}

/// Hashes what an earlier run left, then fetches the rest. Returns what fetch_pieces() returns.
async::awaitable<bool> take_up_and_fetch(registry::Transport& transport, Shared blob) {
  const std::vector<Piece>& recovered = blob->transfer.recovered();
  std::uint64_t size = 0;
  for (const Piece& piece : recovered) size += piece.end - piece.first;
  transport.counters().bytes_stored.fetch_add(size, std::memory_order_relaxed);
  transport.counters().bytes_recovered.fetch_add(size, std::memory_order_relaxed);
  blob->shown.restart_at({size});
  if (recovered.front().first == 0) co_await blob->archive().write(blob->part.segment->offset, as_bytes(blob->head));
  const bool complete = co_await hash_arrived(blob);
  if (complete) {
    const bool is_right = co_await verify(transport, blob);
    if (is_right) co_return true;
  }
  co_return co_await fetch_pieces(transport, blob);
}

void explain(Error& error, const SharedBlob& blob) {
  error.add(blob.name());
  if (error.kind() != ErrorKind::not_found) return;
  const std::vector<std::string>& urls = blob.blob().urls;
  if (urls.empty()) {
    error.hint(
        "the registry has lost content that a manifest names: push the artifact there again, or mirror it from "
        "another registry");
  } else {
    error.hint("the registry does not hold this blob: its descriptor names other locations (" +
               redacted_url(urls.front()) +
               "), which are not used; push the image with its foreign layers to a registry of your own");
  }
}

/// Runs `some` of the work on a blob. Reports the end of the transfer, if this is the first connection to meet it.
async::awaitable<void> work(Shared blob, async::awaitable<bool> some) {
  bool complete = false;
  std::exception_ptr failure;
  try {
    complete = co_await std::move(some);
  } catch (Error& error) {
    explain(error, *blob);
    failure = std::current_exception();
  } catch (...) {
    failure = std::current_exception();
  }
  const bool others_have_the_rest = !complete && !failure;
  if (others_have_the_rest || blob->transfer.ended()) co_return;
  if (async::is_cancellation(failure)) std::rethrow_exception(failure);  // the run ends: nothing to report
  if (!blob->transfer.end()) co_return;
  blob->shown.end();
  const bool succeeded = !failure && blob->fetched > 0;
  blob->fetches.done({blob->part, failure, {blob->fetched}, blob->failed + (succeeded ? 1 : 0)});
}

engine::Work more_work(Shared blob) {
  return [blob = std::move(blob)](registry::Transport& transport) { return work(blob, fetch_pieces(transport, blob)); };
}

}  // namespace

async::awaitable<void> fetch_blob(registry::Transport& transport, const BlobFetches& fetches, Part part) {
  const auto blob = std::make_shared<SharedBlob>(fetches, std::move(part), transport.counters().transfers);
  const bool is_begun = !blob->transfer.recovered().empty();
  return work(blob, is_begun ? take_up_and_fetch(transport, blob) : fetch_pieces(transport, blob));
}

}  // namespace acedt::serialize
