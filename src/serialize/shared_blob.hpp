#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "acedt/archive/writer.hpp"
#include "acedt/async/asio.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/oci/descriptor.hpp"
#include "acedt/plan/pieces.hpp"

namespace acedt::serialize {

/// What the connections that fetch one blob share: the pieces still to be had, and the hash of those that came.
///
/// The hash runs from front to end. Who fetches the piece at the front feeds its bytes as they come; a piece that came
/// before its turn is kept by the archive and read back from there. Any thread; no lock is held for long.
class SharedBlob {
 public:
  using Piece = plan::Pieces::Piece;

  /// `offset`: of the blob in the tar stream of `archive`. `there`: what an earlier run may have left of it.
  SharedBlob(const oci::Descriptor& blob, archive::Writer& archive, Bytes offset, Bytes max_piece,
             const std::vector<Piece>& there);

  /// The next piece to fetch; nothing if others have all that is left.
  std::optional<Piece> take();
  /// The registry sends all from the front of `piece` on, whatever was asked for: to the end, unless others fetch that.
  void stretch(Piece& piece);
  /// How many pieces are left to take, about.
  std::uint64_t left();

  /// Whether the bytes of `piece`, which is about to be fetched, are those to be hashed next: then they must be given
  /// to hash() as they come. If not, they are to be written with Retain::yes.
  bool is_next(const Piece& piece);
  void hash(std::span<const std::byte> bytes) { hasher_.update(bytes); }

  /// All of `piece` was written. Hashes what it can; true if that was the last of the blob.
  async::awaitable<bool> arrived(Piece piece, bool was_next, std::optional<plan::Pieces::Pace> pace);
  /// Hashes what is there at the front and was not hashed yet; true if that was the last of the blob.
  async::awaitable<bool> hash_arrived();
  /// Of the whole, once all of it was hashed.
  oci::Digest digest() { return hasher_.finish(); }
  /// All of it is to be fetched again: the digest was wrong.
  void restart();

  /// Nobody needs it any more. True for the first who says so.
  bool end() { return !ended_.exchange(true); }
  bool ended() const { return ended_; }

 private:
  std::optional<Piece> claim_arrived();
  async::awaitable<void> hash_again(Piece piece);

  archive::Writer& archive_;
  Bytes offset_;
  Bytes size_;
  Bytes max_piece_;
  std::mutex mutex_;  // of what follows, but for the hasher, which is used by who set hashing_
  plan::Pieces pieces_;
  bool hashing_ = false;
  codec::Hasher hasher_;
  std::atomic<bool> ended_{false};
};

}  // namespace acedt::serialize
