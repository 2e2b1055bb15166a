#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "acedt/base/units.hpp"

namespace acedt::plan {

/// Divides a blob into pieces for several connections, and tracks which bytes have arrived and which are verified.
///
/// Pieces are handed out in order, as the hash must read the blob from front to end: so few bytes wait for it. A piece
/// is large enough that waiting for its response takes 4 % of its time, and at most half of an equal share of the rest,
/// so that all connections finish together. No clock, no I/O; one thread at a time.
class Pieces {
 public:
  /// A range of the blob that one request fetches.
  struct Piece {
    std::uint64_t first = 0;
    std::uint64_t end = 0;  ///< one past the last byte
    bool operator==(const Piece&) const = default;
  };

  /// The speed at which a piece arrived.
  struct Pace {
    std::chrono::nanoseconds latency;  ///< from the request to the head of its response
    std::chrono::nanoseconds body;     ///< from there to the end of the body
    Bytes size;
  };

  /// Pieces have `max_piece` bytes or less, and 8 MiB or more (`max_piece`, if less), except at the end of a gap.
  /// `recovered` are ranges that an earlier run left, in order and not adjacent; they count as arrived.
  Pieces(Bytes size, Bytes max_piece, const std::vector<Piece>& recovered = {});

  /// Returns the next piece to fetch, or nullopt if all are handed out.
  std::optional<Piece> take();
  /// Extends `piece` to the end of the blob, unless a later piece was handed out: for a registry that ignores Range and
  /// sends everything.
  void extend_to_end(Piece& piece);
  /// Returns about how many more pieces can be taken.
  std::uint64_t left() const;

  /// Call when all of `piece` has arrived. `pace` sets the size of later pieces.
  void arrived(const Piece& piece, std::optional<Pace> pace);
  /// Returns the number of bytes from the start that are verified.
  std::uint64_t front() const noexcept { return front_; }
  /// Returns the piece that starts at front(), if it has arrived.
  std::optional<Piece> arrived_at_front() const;
  /// Call when the blob is verified up to `front`, the end of arrived_at_front().
  void advance(std::uint64_t front);

 private:
  std::uint64_t piece_size() const;
  void skip_arrived();

  std::uint64_t size_;
  std::uint64_t min_;
  std::uint64_t max_;
  std::uint64_t wanted_;                               // size of the next pieces, from the pace of the last one
  std::uint64_t next_ = 0;                             // start of the next piece
  std::uint64_t last_end_ = 0;                         // of the piece that was handed out last
  std::uint64_t under_way_ = 0;                        // pieces handed out that have not arrived
  std::uint64_t front_ = 0;                            // verified up to here
  std::map<std::uint64_t, std::uint64_t> unverified_;  // arrived: first -> end
};

}  // namespace acedt::plan
