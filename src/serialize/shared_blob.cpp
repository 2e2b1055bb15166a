#include "serialize/shared_blob.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace acedt::serialize {
namespace {

// Between two of them the other connections of the thread have their turn.
constexpr std::uint64_t read_back_at_once = 256 << 10;

}  // namespace

SharedBlob::SharedBlob(const oci::Descriptor& blob, archive::Writer& archive, Bytes offset, Bytes max_piece,
                       const std::vector<Piece>& there)
    : archive_(archive),
      offset_(offset),
      size_(blob.size),
      max_piece_(max_piece),
      pieces_(size_, max_piece_, there),
      hasher_(blob.digest.algorithm()) {}

std::optional<SharedBlob::Piece> SharedBlob::take() {
  const std::lock_guard lock(mutex_);
  return pieces_.take();
}

void SharedBlob::stretch(Piece& piece) {
  const std::lock_guard lock(mutex_);
  pieces_.stretch(piece);
}

std::uint64_t SharedBlob::left() {
  const std::lock_guard lock(mutex_);
  return pieces_.left();
}

bool SharedBlob::is_next(const Piece& piece) {
  const std::lock_guard lock(mutex_);
  if (hashing_ || piece.first != pieces_.front()) return false;
  hashing_ = true;
  return true;
}

async::awaitable<bool> SharedBlob::arrived(Piece piece, bool was_next, std::optional<plan::Pieces::Pace> pace) {
  {
    const std::lock_guard lock(mutex_);
    pieces_.arrived(piece, pace);
    if (was_next) {
      pieces_.advance(piece.end);
      hashing_ = false;
    }
  }
  if (was_next && piece.end == size_.count) co_return true;
  co_return co_await hash_arrived();
}

async::awaitable<bool> SharedBlob::hash_arrived() {
  bool complete = false;
  for (std::optional<Piece> next = claim_arrived(); next; next = claim_arrived()) {
    co_await hash_again(*next);
    complete = next->end == size_.count;
    const std::lock_guard lock(mutex_);
    pieces_.advance(next->end);
    hashing_ = false;
  }
  co_return complete;
}

std::optional<SharedBlob::Piece> SharedBlob::claim_arrived() {
  const std::lock_guard lock(mutex_);
  if (hashing_) return std::nullopt;  // who does that looks again afterwards
  const std::optional<Piece> next = pieces_.arrived_at_front();
  hashing_ = next.has_value();
  return next;
}

async::awaitable<void> SharedBlob::hash_again(Piece piece) {
  std::vector<std::byte> buffer(std::min(read_back_at_once, piece.end - piece.first));
  while (piece.first < piece.end) {
    const std::span<std::byte> bytes = std::span(buffer).first(std::min(buffer.size(), piece.end - piece.first));
    const Bytes at = offset_ + Bytes{piece.first};
    const Bytes size{bytes.size()};
    co_await archive_.room(at, size);  // for what an earlier run left
    archive_.read_back(at, bytes);
    hasher_.update(bytes);
    archive_.release(at, size);
    piece.first += bytes.size();
    co_await asio::post(asio::use_awaitable);
  }
}

void SharedBlob::restart() {
  const std::lock_guard lock(mutex_);
  pieces_ = plan::Pieces(size_, max_piece_);
}

}  // namespace acedt::serialize
