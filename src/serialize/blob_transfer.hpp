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

/// Blobs up to this size are held in memory until they are verified, and written with their header by one system call.
inline constexpr Bytes max_small_blob = 64_KiB;

/// Returns the parts of a blob that an earlier run may have left in its archive: `recovered`, in order, cut to the
/// blob, which begins at `begin` of the tar stream. Of a small blob only the whole counts.
std::vector<Pieces::Piece> recovered_of(const std::vector<File::Extent>& recovered, Bytes begin, Bytes size);

/// One piece of a blob over all attempts of one connection, as a state machine: what to ask for, what of the answer
/// counts, what a failure means. Knows no socket, no disk and no clock. One thread.
///
///     for each attempt:  range() -> begin() -> take()* -> finish()      and failed() when one of them throws
class PieceFetch {
 public:
  PieceFetch(Bytes blob_size, Pieces::Piece piece) : size_(blob_size.count), piece_(piece), at_(piece.first) {}

  /// What an answer says that it carries (RFC 9110 sections 14.4 and 15.3.7).
  struct Answer {
    int status = 200;
    std::string content_range = {};            ///< the field; empty if there is none
    std::optional<std::uint64_t> length = {};  ///< Content-Length
  };
  /// What to do with bytes that came.
  struct Taken {
    std::span<const std::byte> bytes;  ///< to be kept
    std::uint64_t offset = 0;          ///< of these, in the blob
    bool is_last = false;              ///< the piece is whole, though the answer may go on
  };
  enum class After {
    done,   ///< the piece is whole
    retry,  ///< unless the policy of retries says otherwise
  };

  /// Begins an attempt. Returns the value of its Range field; unset if the whole blob is asked for.
  std::optional<std::string> range();
  /// Takes the head of the answer. Returns true if it carries the whole blob, whatever was asked for: then widen() says
  /// how far it counts. Throws RangeRefused if it carries another range, Error(corrupt) if it has another size.
  bool begin(const Answer& answer);
  /// The piece goes on to `piece`.end.
  void widen(const Pieces::Piece& piece) { piece_ = piece; }
  /// Takes what came next. Throws Error(corrupt) if that is more than the blob has.
  Taken take(std::span<const std::byte> bytes);
  /// `bytes` of what take() returned are kept: an attempt after this one begins after them.
  void kept(std::size_t bytes);
  /// The answer has ended. Throws Error(transport) if the piece is not whole.
  void finish() const;
  /// An attempt ended with `failure`, which this replaces if another one says better what it means.
  After failed(std::exception_ptr& failure);

  const Pieces::Piece& piece() const noexcept { return piece_; }
  /// Position in the blob up to which the piece is kept.
  std::uint64_t at() const noexcept { return at_; }
  /// True once enough came since the last failure to count as progress: else a blob could come byte by byte, with a
  /// connection for each.
  bool has_progressed() const noexcept;

 private:
  std::uint64_t size_;
  Pieces::Piece piece_;
  std::uint64_t at_;            // all of the piece before it is kept
  std::uint64_t position_ = 0;  // in the blob, of the next byte to come
  bool ranges_work_ = true;
  bool asked_for_range_ = false;
  std::uint64_t since_failure_ = 0;  // bytes
};

/// A blob that several connections fetch, as a state machine: which piece is next, which bytes are hashed next, whether
/// more connections would help, and what a digest means for what is in the archive. Knows no socket, no disk and no
/// clock.
///
///     take() -> PieceFetch -> arrived() -> (next_to_hash() -> hashed())* -> digest_known()
///
/// The hash runs from front to end. The connection that fetches the piece at the front feeds it as bytes come; a piece
/// that came before its turn is read back from the archive. At any time one connection at most hashes.
///
/// Not for several threads at once, but for ended(), end() and calls_for_help().
class BlobTransfer {
 public:
  /// `recovered` is what recovered_of() returned: it counts as arrived, and as nothing until it is hashed.
  BlobTransfer(Bytes size, Bytes max_piece, std::vector<Pieces::Piece> recovered);

  bool is_small() const noexcept { return size_ <= max_small_blob; }
  const std::vector<Pieces::Piece>& recovered() const noexcept { return recovered_; }

  /// Returns the next piece to fetch; unset if all that is left is being fetched.
  std::optional<Pieces::Piece> take() { return pieces_.take(); }
  /// The registry sends everything from `piece`.first on. Widens the piece to the end, unless others fetch that.
  void extend(Pieces::Piece& piece) { pieces_.extend_to_end(piece); }

  /// Returns whether the bytes of `piece`, which is about to be fetched, are hashed as they come. If not, the archive
  /// must retain them for reading back.
  bool begin_hashing(const Pieces::Piece& piece);
  /// All of `piece` is in the archive; `was_hashed` is what begin_hashing() returned. Returns true if every byte of the
  /// blob is hashed now: to one caller only, who must call digest_known().
  bool arrived(const Pieces::Piece& piece, bool was_hashed, const std::optional<Pieces::Pace>& pace);
  /// Returns the piece to read back and hash now; unset if it has not come yet, or if somebody hashes. Each must be
  /// followed by hashed().
  std::optional<Pieces::Piece> next_to_hash();
  /// `piece` was hashed. Returns what arrived() returns.
  bool hashed(const Pieces::Piece& piece);

  enum class Verdict {
    right,         ///< the blob is what its digest says
    fetch_again,   ///< what an earlier run left was wrong: no fault of the registry
    retry,         ///< the registry sent something else: counts as a failed attempt
    must_rebuild,  ///< wrong bytes are in an archive that cannot be rewritten
  };
  /// Every byte was hashed.
  Verdict digest_known(bool is_right, bool can_be_rewritten);
  /// All of the blob is to be fetched again. Call after fetch_again, and after the wait of a retry.
  void restart();

  /// Returns about how many pieces nobody fetches yet.
  std::uint64_t left() const { return pieces_.left(); }
  /// Returns how many more connections to call now; each reason to call counts once. `waits_for_network`: the one that
  /// asks has waited for the network most of the time. `a_thread_is_idle`: nobody would be kept from other work.
  std::uint64_t call_for_help(bool waits_for_network, bool a_thread_is_idle);
  /// True while call_for_help() may still return more than 0. Any thread.
  bool calls_for_help() const noexcept { return calls_; }

  /// The transfer has succeeded or failed; nobody needs more of it. True for the first who says so. Any thread.
  bool end() noexcept { return !ended_.exchange(true); }
  bool ended() const noexcept { return ended_; }

 private:
  Bytes size_;
  Bytes max_piece_;
  std::vector<Pieces::Piece> recovered_;
  Pieces pieces_;
  bool hashing_ = false;
  bool has_old_bytes_;  // of an earlier run, which may be wrong
  bool called_one_ = false;
  std::atomic<bool> calls_{true};
  std::atomic<bool> ended_{false};
};

}  // namespace acedt::serialize
