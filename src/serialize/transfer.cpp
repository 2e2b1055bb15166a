#include "serialize/transfer.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>
#include <utility>
#include <vector>

#include "acedt/base/text.hpp"
#include "acedt/http/range.hpp"
#include "acedt/registry/problem.hpp"
#include "serialize/shared_blob.hpp"

namespace acedt::serialize {
namespace {

using Clock = std::chrono::steady_clock;
using Piece = plan::Pieces::Piece;

// Up to this size a blob is held until it is verified, and written with its header by one system call.
constexpr std::uint64_t small_blob = 64 << 10;
constexpr std::uint64_t min_progress = 64 << 10;  // else a blob could come byte by byte, a connection each

/// The time that this thread was running.
struct ThreadClock {
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<ThreadClock, duration>;

  static time_point now() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time_point(std::chrono::seconds(time.tv_sec) + duration(time.tv_nsec));
  }
};

/// More connections bring more only where this one waits for the network, and not for the processor.
bool waits_for_network(std::chrono::nanoseconds elapsed, std::chrono::nanoseconds worked,
                       std::chrono::milliseconds long_enough_to_know) {
  return elapsed >= long_enough_to_know && 5 * worked < 2 * elapsed;
}

bool is_small(const oci::Descriptor& blob) {
  return blob.size.count <= small_blob;
}

/// What an earlier run may have left in the archive of the blob; of a small one, nothing but all of it.
std::vector<Piece> left_of(const Part& part) {
  const oci::Descriptor& blob = *part.segment->blob;
  const std::uint64_t begin = part.segment->blob_offset().count;
  const std::uint64_t end = begin + blob.size.count;
  const std::vector<File::Extent>& there = part.archive->writer->recovered();
  const auto ends_before = [begin](const File::Extent& extent) { return extent.end.count <= begin; };
  std::vector<Piece> left;
  for (auto extent = std::ranges::partition_point(there, ends_before); extent != there.end(); ++extent) {
    if (extent->first.count >= end) break;
    left.push_back({std::max(extent->first.count, begin) - begin, std::min(extent->end.count, end) - begin});
  }
  const bool is_whole = left.size() == 1 && left.front() == Piece{0, blob.size.count};
  if (is_small(blob) && !is_whole) left.clear();
  return left;
}

/// A transfer under way.
struct BlobTransfer {
  BlobTransfer(const Transfers& of_run, Part of_archive)
      : transfers(of_run),
        part(std::move(of_archive)),
        head(part.segment->bytes()),
        there(left_of(part)),
        shared(blob(), archive(), part.segment->blob_offset(), transfers.max_piece, there),
        has_old_bytes(!there.empty()) {}

  const oci::Descriptor& blob() const { return *part.segment->blob; }
  const registry::Repository& repository() const { return part.archive->artifact.repository; }
  archive::Writer& archive() const { return *part.archive->writer; }
  std::string name() const { return "blob " + blob().digest.text(); }

  const Transfers& transfers;
  Part part;
  std::string head;          // what the archive has before the blob: its header, and what nobody else writes
  std::vector<Piece> there;  // of the blob
  SharedBlob shared;
  std::atomic<bool> called_many{false};
  std::atomic<bool> called_one{false};
  std::atomic<std::uint64_t> fetched{0};
  std::atomic<int> failed{0};                  // attempts
  bool has_old_bytes;                          // of an earlier run, which may be wrong
  std::string held;                            // of a small blob
  std::optional<registry::Failover> failover;  // of all of it, once its bytes turned out to be wrong
};

engine::Work work_on(std::shared_ptr<BlobTransfer> transfer);

/// The registry refused a range that was not asked for: it would again.
std::exception_ptr as_protocol_error(const registry::RangeRefused& refused) {
  return std::make_exception_ptr(Error(ErrorKind::protocol, refused.what()).hint(refused.hint()));
}

/// A piece of a blob, over all the attempts of one connection to get it.
class Fetch {
 public:
  Fetch(registry::Transport& client, std::shared_ptr<BlobTransfer> transfer, Piece piece)
      : client_(client),
        transfer_(std::move(transfer)),
        blob_(transfer_->shared),
        piece_(piece),
        at_(piece.first),
        is_next_(blob_.is_next(piece)),
        failover_(client.failover_for(transfer_->repository())) {}

  /// True if that was the last of the blob to be hashed.
  async::awaitable<bool> run() {
    for (;;) {
      std::exception_ptr failure;
      try {
        co_await attempt();
        break;
      } catch (const registry::RangeRefused& refused) {
        failure = std::current_exception();
        if (!asks_for_range_) failure = as_protocol_error(refused);
        without_ranges_ = true;
      } catch (const Error& error) {
        // It broke behind the last byte, behind which there is nothing to ask for.
        const bool broke = error.kind() == ErrorKind::transport || error.kind() == ErrorKind::protocol;
        if (at_ == piece_.end && broke) break;
        failure = std::current_exception();
      }
      ++transfer_->failed;
      since_failure_ = 0;
      co_await client_.go_on(failover_, failure, transfer_->name());
    }
    co_return co_await blob_.arrived(piece_, is_next_, pace_);
  }

 private:
  async::awaitable<void> attempt() {
    const std::uint64_t begin = at_;
    const registry::Repository& repository = failover_.where();
    http::Request request{"GET", repository.path("blobs", transfer_->blob().digest.text())};
    const auto last = piece_.end == size() ? std::nullopt : std::optional(piece_.end - 1);
    asks_for_range_ = !without_ranges_ && (begin > 0 || last);
    if (asks_for_range_) request.fields.add("Range", http::range_from(begin, last));
    const Clock::time_point asked = Clock::now();
    const bool may_share = blob_.left() > 0;  // else spares the thread's clock, which is a system call
    const auto worked = may_share ? ThreadClock::now() : ThreadClock::time_point();
    registry::Response response = co_await client_.get(repository, std::move(request));
    const Clock::time_point answered = Clock::now();
    try {
      const std::uint64_t position = check(response.head);
      const auto share = [&] {
        if (!may_share || transfer_->called_many) return;
        const bool waits = waits_for_network(Clock::now() - asked, ThreadClock::now() - worked, long_enough_to_know());
        if (waits) {
          call_many();
        } else if (transfer_->transfers.workers.has_idle_thread()) {
          call_one();
        }
      };
      co_await receive(*response.connection, position, share);
    } catch (Error& error) {
      registry::explain_page(error, response.head);
      error.add(response.what());
      throw;
    }
    pace_ = {answered - asked, Clock::now() - answered, {piece_.end - begin}};
    client_.done(response);
  }

  /// Compares what the response says it carries with what was asked for. Returns where in the blob it begins. Entity
  /// tags are not compared: the nodes of a registry may give the same blob different ones, and its bytes are verified.
  std::uint64_t check(const http::ResponseHead& head) {
    const auto length = head.content_length();
    if (head.status != 206) {
      check_size(length.value_or(size()));
      blob_.stretch(piece_);
      call_many();
      return 0;
    }
    const auto range = http::parse_content_range(head.fields.get("Content-Range").value_or(""));
    const bool right = range && range->complete.value_or(size()) == size() && range->first == at_ &&
                       range->last < piece_.end && length.value_or(range->last + 1 - at_) == range->last + 1 - at_;
    if (!right) throw registry::RangeRefused("the answer carries another range than the one asked for");
    return at_;
  }

  /// Who waits for room in the archive waits for this connection too.
  std::chrono::milliseconds long_enough_to_know() const {
    return std::chrono::milliseconds(transfer_->transfers.piece_by_piece ? 20 : 100);
  }

  void call_many() {
    if (!transfer_->called_many.exchange(true)) call_help(blob_.left());
  }

  void call_one() {
    if (!transfer_->called_one.exchange(true)) call_help(std::min<std::uint64_t>(blob_.left(), 1));
  }

  void call_help(std::uint64_t connections) {
    if (connections > 0) transfer_->transfers.call_help(transfer_->part, work_on(transfer_), connections);
  }

  void check_size(std::uint64_t of_answer) const {
    if (of_answer == size()) return;
    throw Error(ErrorKind::corrupt, "got " + std::to_string(of_answer) + " bytes, want " + std::to_string(size()));
  }

  /// `position`: in the blob, of the next byte to come. `share` calls for help when it would help.
  template <class Share>
  async::awaitable<void> receive(net::Connection& connection, std::uint64_t position, Share share) {
    for (;;) {
      share();
      if (blob_.ended()) async::throw_cancelled();
      std::span<const std::byte> bytes = co_await connection.read();
      if (bytes.empty()) break;
      client_.counters().bytes_received.fetch_add(bytes.size(), std::memory_order_relaxed);
      const std::uint64_t known = std::min<std::uint64_t>(bytes.size(), at_ - position);
      position += bytes.size();
      if (position > size()) {
        throw Error(ErrorKind::corrupt, "more than the " + std::to_string(size()) + " bytes wanted");
      }
      bytes = bytes.subspan(known);
      const bool others_have_the_rest = position > piece_.end;
      if (others_have_the_rest) bytes = bytes.first(piece_.end - at_);
      co_await keep(bytes);
      if (others_have_the_rest) co_return;
    }
    if (at_ == piece_.end) co_return;
    throw Error(ErrorKind::transport, "cut after " + std::to_string(at_) + " of " + std::to_string(size()) + " bytes");
  }

  /// Holds what comes of a small blob; writes it of a large one.
  async::awaitable<void> keep(std::span<const std::byte> bytes) {
    if (bytes.empty()) co_return;
    since_failure_ += bytes.size();
    if (since_failure_ >= min_progress) failover_.progress();
    if (is_next_) blob_.hash(bytes);
    if (is_small(transfer_->blob())) {
      transfer_->held += as_text(bytes);
    } else {
      const bool first = at_ == 0;
      const plan::Segment& segment = *transfer_->part.segment;
      const Bytes offset = first ? segment.offset : segment.blob_offset() + Bytes{at_};
      const auto head = first ? as_bytes(transfer_->head) : std::span<const std::byte>();
      const auto keep = is_next_ ? archive::Writer::Retain::no : archive::Writer::Retain::yes;
      co_await transfer_->archive().write(offset, head, bytes, keep);
      client_.counters().bytes_stored.fetch_add(bytes.size(), std::memory_order_relaxed);
    }
    at_ += bytes.size();
    transfer_->fetched += bytes.size();
  }

  std::uint64_t size() const { return transfer_->blob().size.count; }

  registry::Transport& client_;
  std::shared_ptr<BlobTransfer> transfer_;
  SharedBlob& blob_;
  Piece piece_;
  std::uint64_t at_;  // in the blob: all of the piece before it is kept
  bool is_next_;
  bool without_ranges_ = false;
  bool asks_for_range_ = false;
  registry::Failover failover_;
  std::uint64_t since_failure_ = 0;  // bytes
  std::optional<plan::Pieces::Pace> pace_;
};

/// The blob is what its digest says; one that was held goes into the archive now.
async::awaitable<void> store_held(registry::Transport& client, std::shared_ptr<BlobTransfer> transfer) {
  if (transfer->held.empty()) co_return;
  const auto held = as_bytes(transfer->held);
  const Bytes offset = transfer->part.segment->offset;
  co_await transfer->archive().write(offset, as_bytes(transfer->head), held, archive::Writer::Retain::no);
  client.counters().bytes_stored.fetch_add(held.size(), std::memory_order_relaxed);
}

/// Its bytes are wrong: it is to be fetched again, all of it.
async::awaitable<void> begin_anew(registry::Transport& client, std::shared_ptr<BlobTransfer> transfer,
                                  oci::Digest got) {
  const oci::Descriptor& blob = transfer->blob();
  const std::string what = "got " + got.text() + ", want " + blob.digest.text();
  const bool is_held = !transfer->held.empty();
  if (!is_held && !transfer->archive().rewritable()) throw archive::MustRebuild(transfer->part.segment->offset, what);
  transfer->held.clear();
  if (!is_held) client.counters().bytes_stored.fetch_sub(blob.size.count, std::memory_order_relaxed);
  if (!std::exchange(transfer->has_old_bytes, false)) {
    ++transfer->failed;
    const auto wrong = std::make_exception_ptr(Error(ErrorKind::corrupt, what));
    if (!transfer->failover) transfer->failover = client.failover_for(transfer->repository());
    co_await client.go_on(*transfer->failover, wrong, transfer->name());
  }
  transfer->shared.restart();
}

/// All of the blob was hashed: is it right?
async::awaitable<bool> verify(registry::Transport& client, std::shared_ptr<BlobTransfer> transfer) {
  const oci::Digest got = transfer->shared.digest();
  if (got != transfer->blob().digest) {
    co_await begin_anew(client, transfer, got);
    co_return false;
  }
  co_await store_held(client, transfer);
  co_return true;
}

/// What an earlier run left. True if that is all of the blob.
async::awaitable<bool> take_up(registry::Transport& client, std::shared_ptr<BlobTransfer> transfer) {
  const std::vector<Piece>& there = transfer->there;
  Bytes size;
  for (const Piece& piece : there) size += {piece.end - piece.first};
  client.counters().bytes_stored.fetch_add(size.count, std::memory_order_relaxed);
  if (there.front().first == 0)
    co_await transfer->archive().write(transfer->part.segment->offset, as_bytes(transfer->head));
  const bool complete = co_await transfer->shared.hash_arrived();
  if (!complete) co_return false;
  co_return co_await verify(client, transfer);
}

/// True if all of the blob is in the archive.
async::awaitable<bool> fetch_pieces(registry::Transport& client, std::shared_ptr<BlobTransfer> transfer) {
  const Bytes begin = transfer->part.segment->blob_offset();
  for (auto piece = transfer->shared.take(); piece; piece = transfer->shared.take()) {
    const Bytes offset = begin + Bytes{piece->first};
    const Bytes size{piece->end - piece->first};
    if (transfer->transfers.piece_by_piece) co_await transfer->archive().room(offset, size);
    Fetch fetch(client, transfer, *piece);
    const bool complete = co_await fetch.run();
    if (complete) {
      const bool right = co_await verify(client, transfer);
      if (right) co_return true;
    }
  }
  co_return false;
}

void explain(Error& error, const BlobTransfer& transfer) {
  error.add(transfer.name());
  const std::vector<std::string>& urls = transfer.blob().urls;
  if (error.kind() == ErrorKind::not_found && !urls.empty()) {
    error = Error(error.kind(), error.what());  // without the hint about tags
    error.hint("the registry does not hold this blob: its descriptor names other places (" +
               redacted_url(urls.front()) +
               "), which are not asked; push the image with its foreign layers to a registry of your own");
  }
}

async::awaitable<bool> take_up_and_fetch(registry::Transport& client, std::shared_ptr<BlobTransfer> transfer) {
  const bool complete = co_await take_up(client, transfer);
  if (complete) co_return true;
  co_return co_await fetch_pieces(client, transfer);
}

/// Does some of it, and tells of the end.
async::awaitable<void> work(std::shared_ptr<BlobTransfer> transfer, async::awaitable<bool> some) {
  bool complete = false;
  std::exception_ptr failure;
  try {
    complete = co_await std::move(some);
  } catch (Error& error) {
    explain(error, *transfer);
    failure = std::current_exception();
  } catch (...) {
    failure = std::current_exception();
  }
  const bool others_have_the_rest = !complete && !failure;
  if (others_have_the_rest || transfer->shared.ended()) co_return;
  if (async::is_cancellation(failure)) std::rethrow_exception(failure);  // the end of the run; else it is a failure
  if (!transfer->shared.end()) co_return;
  const bool succeeded = !failure && transfer->fetched > 0;
  transfer->transfers.done({transfer->part, failure, {transfer->fetched}, transfer->failed + (succeeded ? 1 : 0)});
}

engine::Work work_on(std::shared_ptr<BlobTransfer> transfer) {
  return [transfer = std::move(transfer)](registry::Transport& client) {
    return work(transfer, fetch_pieces(client, transfer));
  };
}

}  // namespace

async::awaitable<void> transfer(registry::Transport& client, const Transfers& transfers, Part part) {
  const auto ongoing = std::make_shared<BlobTransfer>(transfers, std::move(part));
  return work(ongoing, ongoing->has_old_bytes ? take_up_and_fetch(client, ongoing) : fetch_pieces(client, ongoing));
}

}  // namespace acedt::serialize
