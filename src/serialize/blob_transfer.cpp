// All decisions about the transfer of a blob, without I/O: fetch_blob.cpp reports what happened, and does what these
// state machines say. So every order of responses, failures and helpers can be tested call by call.

#include "serialize/blob_transfer.hpp"

#include <algorithm>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/http/field_values.hpp"
#include "acedt/registry/problem.hpp"

namespace acedt::serialize {
namespace {

constexpr std::uint64_t min_progress = 64 << 10;

}  // namespace

std::vector<Pieces::Piece> recovered_of(const std::vector<File::Extent>& recovered, Bytes begin, Bytes size) {
  const std::uint64_t first = begin.count;
  const std::uint64_t end = first + size.count;
  const auto ends_before = [first](const File::Extent& extent) { return extent.end.count <= first; };
  std::vector<Pieces::Piece> pieces;
  for (auto extent = std::ranges::partition_point(recovered, ends_before); extent != recovered.end(); ++extent) {
    if (extent->first.count >= end) break;
    pieces.push_back({std::max(extent->first.count, first) - first, std::min(extent->end.count, end) - first});
  }
  const bool is_whole = pieces.size() == 1 && pieces.front() == Pieces::Piece{0, size.count};
  if (size <= max_small_blob && !is_whole) pieces.clear();
  return pieces;
}

std::optional<std::string> PieceFetch::range() {
  const auto last = piece_.end == size_ ? std::nullopt : std::optional(piece_.end - 1);
  asked_for_range_ = ranges_work_ && (at_ > 0 || last);
  return asked_for_range_ ? std::optional(http::range_from(at_, last)) : std::nullopt;
}

/// Does not compare entity tags: the nodes of a registry may give the same blob different ones, and its bytes are
/// verified anyway.
bool PieceFetch::begin(const Answer& answer) {
  if (answer.status != 206) {
    const std::uint64_t size = answer.length.value_or(size_);
    if (size != size_)
      throw Error(ErrorKind::corrupt, "got " + std::to_string(size) + " bytes, want " + std::to_string(size_));
    position_ = 0;
    return true;
  }
  const auto range = http::parse_content_range(answer.content_range);
  const bool is_right = range && range->complete.value_or(size_) == size_ && range->first == at_ &&
                        range->last < piece_.end &&
                        answer.length.value_or(range->last + 1 - at_) == range->last + 1 - at_;
  if (!is_right) throw registry::RangeRefused("the response has another range than the requested one");
  position_ = at_;
  return false;
}

PieceFetch::Taken PieceFetch::take(std::span<const std::byte> bytes) {
  const std::uint64_t known = std::min<std::uint64_t>(bytes.size(), at_ - position_);
  position_ += bytes.size();
  if (position_ > size_) throw Error(ErrorKind::corrupt, "more than the " + std::to_string(size_) + " bytes wanted");
  bytes = bytes.subspan(known);
  const bool others_have_the_rest = position_ > piece_.end;
  if (others_have_the_rest) bytes = bytes.first(piece_.end - at_);
  return {bytes, at_, others_have_the_rest};
}

void PieceFetch::kept(std::size_t bytes) {
  at_ += bytes;
  since_failure_ += bytes;
}

void PieceFetch::finish() const {
  if (at_ == piece_.end) return;
  throw Error(ErrorKind::transport, "cut after " + std::to_string(at_) + " of " + std::to_string(size_) + " bytes");
}

bool PieceFetch::has_progressed() const noexcept {
  return since_failure_ >= min_progress;
}

PieceFetch::After PieceFetch::failed(std::exception_ptr& failure) {
  since_failure_ = 0;
  try {
    std::rethrow_exception(failure);
  } catch (const registry::RangeRefused& refused) {
    // A range came although the whole blob was requested: the registry would do so again.
    if (!asked_for_range_)
      failure = std::make_exception_ptr(Error(ErrorKind::protocol, refused.what()).hint(refused.hint()));
    ranges_work_ = false;
  } catch (const Error& error) {
    // The connection broke after the last byte: there is nothing left to request.
    const bool broke = error.kind() == ErrorKind::transport || error.kind() == ErrorKind::protocol;
    if (at_ == piece_.end && broke) return After::done;
  }
  return After::retry;
}

BlobTransfer::BlobTransfer(Bytes size, Bytes max_piece, std::vector<Pieces::Piece> recovered)
    : size_(size),
      max_piece_(max_piece),
      recovered_(std::move(recovered)),
      pieces_(size, max_piece, recovered_),
      has_old_bytes_(!recovered_.empty()) {}

bool BlobTransfer::begin_hashing(const Pieces::Piece& piece) {
  if (hashing_ || piece.first != pieces_.front()) return false;
  hashing_ = true;
  return true;
}

bool BlobTransfer::arrived(const Pieces::Piece& piece, bool was_hashed, const std::optional<Pieces::Pace>& pace) {
  pieces_.arrived(piece, pace);
  return was_hashed && hashed(piece);
}

std::optional<Pieces::Piece> BlobTransfer::next_to_hash() {
  if (hashing_) return std::nullopt;  // the connection that hashes looks again afterwards
  const std::optional<Pieces::Piece> next = pieces_.arrived_at_front();
  hashing_ = next.has_value();
  return next;
}

bool BlobTransfer::hashed(const Pieces::Piece& piece) {
  pieces_.advance(piece.end);
  hashing_ = false;
  return piece.end == size_.count;
}

BlobTransfer::Verdict BlobTransfer::digest_known(bool is_right, bool can_be_rewritten) {
  if (is_right) return Verdict::right;
  if (!can_be_rewritten) return Verdict::must_rebuild;
  return std::exchange(has_old_bytes_, false) ? Verdict::fetch_again : Verdict::retry;
}

void BlobTransfer::restart() {
  pieces_ = Pieces(size_, max_piece_);
}

std::uint64_t BlobTransfer::call_for_help(bool waits_for_network, bool a_thread_is_idle) {
  if (waits_for_network) return calls_.exchange(false) ? pieces_.left() : 0;
  if (!a_thread_is_idle || !calls_ || std::exchange(called_one_, true)) return 0;
  return std::min<std::uint64_t>(pieces_.left(), 1);
}

}  // namespace acedt::serialize
