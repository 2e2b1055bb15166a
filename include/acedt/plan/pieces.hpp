#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "acedt/base/units.hpp"

namespace acedt::plan {

/// A blob cut into pieces that several connections fetch: which is next, and how far all is there from the front on.
///
/// Pieces are handed out in order, so that what verifies the blob, which must read it from front to end, is never far
/// behind. A piece is large enough that waiting for its answer costs little, and small enough that the last ones end at
/// about the same time. Knows no clock and no socket; not for several threads at once.
class Pieces {
 public:
  struct Piece {
    std::uint64_t first = 0;
    std::uint64_t end = 0;  ///< one behind the last byte
    bool operator==(const Piece&) const = default;
  };

  /// What a piece took, on some connection.
  struct Pace {
    std::chrono::nanoseconds latency;  ///< from the request to the head of its answer
    std::chrono::nanoseconds body;     ///< from there to its end
    Bytes size;
  };

  /// No piece is larger than `largest`, and none but the last of a gap smaller than 8 MiB, or `largest` if that is
  /// less. `there`: what an earlier run left, in order and apart from one another. It counts as arrived.
  Pieces(Bytes size, Bytes largest, const std::vector<Piece>& there = {});

  /// The next piece; nothing if all is handed out.
  std::optional<Piece> take();
  /// `piece` is to go on to the end of the blob, if nobody fetches what is behind it.
  void stretch(Piece& piece);
  /// How many more may be taken, about.
  std::uint64_t left() const;

  /// All of `piece` is there.
  void arrived(const Piece& piece, std::optional<Pace> pace);
  /// How far the blob was verified.
  std::uint64_t front() const noexcept { return front_; }
  /// The piece at the front, if it has arrived.
  std::optional<Piece> arrived_at_front() const;
  /// The blob was verified up to `front`.
  void advance(std::uint64_t front);

 private:
  std::uint64_t piece_size() const;
  void skip_arrived();

  std::uint64_t size_;
  std::uint64_t min_;
  std::uint64_t max_;
  std::uint64_t wanted_;                           // size of pieces by the pace of the last one
  std::uint64_t next_ = 0;                         // not handed out from here on
  std::uint64_t last_end_ = 0;                     // of what was handed out last
  std::uint64_t under_way_ = 0;                    // pieces handed out that have not arrived
  std::uint64_t front_ = 0;                        // verified up to here
  std::map<std::uint64_t, std::uint64_t> beyond_;  // arrived and not verified: first -> end
};

}  // namespace acedt::plan
