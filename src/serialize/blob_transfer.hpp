#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "acedt/base/file.hpp"
#include "acedt/oci/descriptor.hpp"
#include "acedt/plan/pieces.hpp"

namespace acedt::serialize {

using plan::Pieces;

/// Blobs up to this size are held in memory until they are verified, and then written with their header in one system
/// call.
inline constexpr Bytes max_small_blob = 64_KiB;

/// Returns the pieces of a blob that an earlier run may have left in its archive: the ranges `recovered`, in order, cut
/// to the blob, which begins at `begin` of the tar stream. A small blob counts only if it is complete.
std::vector<Pieces::Piece> recovered_of(const std::vector<File::Extent>& recovered, Bytes begin, Bytes size);

/// State machine for one piece of a blob, over all attempts of one connection. Decides what to request, which bytes of
/// the response count, and what a failure means. Does no I/O and reads no clock. Not thread-safe.
///
///     for each attempt:  range() -> begin() -> take()* -> finish()      and failed() if one of them throws
class PieceFetch {
 public:
  PieceFetch(Bytes blob_size, Pieces::Piece piece) : size_(blob_size.count), piece_(piece), at_(piece.first) {}

  /// What a response claims to carry (RFC 9110 sections 14.4 and 15.3.7).
  struct Answer {
    int status = 200;
    std::string content_range = {};            ///< the field; empty if there is none
    std::optional<std::uint64_t> length = {};  ///< Content-Length
  };
  /// What to do with received bytes.
  struct Taken {
    std::span<const std::byte> bytes;  ///< to keep; may be empty
    std::uint64_t offset = 0;          ///< of these bytes in the blob
    bool is_last = false;              ///< the piece is complete, even if the response continues
  };
  enum class After {
    done,   ///< the piece is complete
    retry,  ///< ask again, if the retry policy allows it
  };

  /// Starts an attempt. Returns the value of its Range field; unset if it requests the whole blob.
  std::optional<std::string> range();
  /// Takes the head of the response. Returns true if the body is the whole blob, whatever was requested; then call
  /// widen() to say how far it counts. Throws registry::RangeRefused if the body is another range than the requested
  /// one; Error(corrupt) if the blob has another size.
  bool begin(const Answer& answer);
  /// Extends the piece to `piece`.end.
  void widen(const Pieces::Piece& piece) { piece_ = piece; }
  /// Takes the next bytes of the body. Throws Error(corrupt) if the body is longer than the blob.
  Taken take(std::span<const std::byte> bytes);
  /// Call after `bytes` of what take() returned were stored: a later attempt starts after them.
  void kept(std::size_t bytes);
  /// Call at the end of the body. Throws Error(transport) if the piece is not complete.
  void finish() const;
  /// Call after an attempt failed. Replaces `failure` with Error(protocol) if a whole blob was requested and a range
  /// came: the registry would do so again.
  After failed(std::exception_ptr& failure);

  const Pieces::Piece& piece() const noexcept { return piece_; }
  /// Returns the position in the blob up to which the piece is stored.
  std::uint64_t at() const noexcept { return at_; }
  /// Returns true once 64 KiB arrived since the last failure. Fewer do not count as progress: otherwise a registry
  /// could send a blob byte by byte, one connection each.
  bool has_progressed() const noexcept;

 private:
  std::uint64_t size_;
  Pieces::Piece piece_;
  std::uint64_t at_;            // the piece is stored up to here
  std::uint64_t position_ = 0;  // in the blob, of the next byte to arrive
  bool ranges_work_ = true;
  bool asked_for_range_ = false;
  std::uint64_t since_failure_ = 0;  // bytes
};

/// State machine for one blob that several connections fetch. Decides which piece is fetched next, which bytes are
/// hashed next, whether more connections would help, and what the digest means for the bytes in the archive. Does no
/// I/O and reads no clock.
///
///     take() -> PieceFetch -> arrived() -> (next_to_hash() -> hashed())* -> digest_known()
///
/// The hash runs from front to end. The connection that fetches the front piece hashes bytes as they arrive; a piece
/// that arrived early is read back from the archive. At most one connection hashes at any time.
///
/// Needs a lock if several threads use it, except for ended(), end() and calls_for_help().
class BlobTransfer {
 public:
  /// `recovered` is what recovered_of() returned: it counts as arrived, and is verified by the hash like all else.
  BlobTransfer(Bytes size, Bytes max_piece, std::vector<Pieces::Piece> recovered);

  bool is_small() const noexcept { return size_ <= max_small_blob; }
  const std::vector<Pieces::Piece>& recovered() const noexcept { return recovered_; }

  /// Returns the next piece to fetch; unset if every piece is fetched or being fetched.
  std::optional<Pieces::Piece> take() { return pieces_.take(); }
  /// Call if the registry sends everything from `piece`.first on. Extends `piece` up to what others fetch, or to the
  /// end.
  void extend(Pieces::Piece& piece) { pieces_.extend_to_end(piece); }

  /// Returns true if the bytes of `piece`, which is about to be fetched, are hashed as they arrive. If not, the archive
  /// must retain them for reading back.
  bool begin_hashing(const Pieces::Piece& piece);
  /// Call when all of `piece` is in the archive; `was_hashed` is what begin_hashing() returned. Returns true if every
  /// byte of the blob is now hashed: to one caller only, which must call digest_known().
  bool arrived(const Pieces::Piece& piece, bool was_hashed, const std::optional<Pieces::Pace>& pace);
  /// Returns the piece to read back and hash now; unset if it has not arrived, or if another connection is hashing.
  /// After each piece, call hashed().
  std::optional<Pieces::Piece> next_to_hash();
  /// Call when all of `piece` was hashed. Returns what arrived() returns.
  bool hashed(const Pieces::Piece& piece);

  enum class Verdict {
    right,         ///< the blob matches its digest
    fetch_again,   ///< bytes of an earlier run were wrong, which is not the registry's fault
    retry,         ///< the registry sent wrong bytes, which counts as a failed attempt
    must_rebuild,  ///< wrong bytes are in an archive that cannot be overwritten
  };
  /// Call when every byte was hashed. `is_right`: the digest matches. `can_be_rewritten`: the bytes of the blob can be
  /// written again.
  Verdict digest_known(bool is_right, bool can_be_rewritten);
  /// Starts the blob over. Call after fetch_again, and after the wait of a retry.
  void restart();

  /// Returns about how many pieces no connection fetches yet.
  std::uint64_t left() const { return pieces_.left(); }
  /// Returns how many more connections should help now. Each reason applies once. `waits_for_network`: the calling
  /// connection has mostly waited for the network. `a_thread_is_idle`: helping delays no other work.
  std::uint64_t call_for_help(bool waits_for_network, bool a_thread_is_idle);
  /// Returns true while call_for_help() may still return more than 0. Any thread.
  bool calls_for_help() const noexcept { return calls_; }

  /// Call when the transfer has succeeded or failed. Returns true to the first caller. Any thread.
  bool end() noexcept { return !ended_.exchange(true); }
  bool ended() const noexcept { return ended_; }

 private:
  Bytes size_;
  Bytes max_piece_;
  std::vector<Pieces::Piece> recovered_;
  Pieces pieces_;
  bool hashing_ = false;
  bool has_old_bytes_;  // of an earlier run; they may be wrong
  bool called_one_ = false;
  std::atomic<bool> calls_{true};
  std::atomic<bool> ended_{false};
};

}  // namespace acedt::serialize
