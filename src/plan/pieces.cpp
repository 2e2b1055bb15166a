// Offsets in a blob, from the start: verified up to front_ ≤ handed out up to next_ ≤ size_. unverified_ has the ranges
// that have arrived after front_, and the recovered ones after next_, which are skipped when they are reached.

#include "acedt/plan/pieces.hpp"

#include <algorithm>
#include <utility>

namespace acedt::plan {
namespace {

constexpr std::uint64_t min_piece = 8 << 20;
constexpr std::uint64_t latencies_per_piece = 25;  // so that waiting for its response takes 4 % of the time

}  // namespace

Pieces::Pieces(Bytes size, Bytes max_piece, const std::vector<Piece>& recovered)
    : size_(size.count), min_(std::min(min_piece, max_piece.count)), max_(max_piece.count), wanted_(min_) {
  for (const Piece& piece : recovered) unverified_.emplace(piece.first, piece.end);
  skip_arrived();
}

/// Moves next_ over ranges that need not be fetched.
void Pieces::skip_arrived() {
  for (auto next = unverified_.find(next_); next != unverified_.end(); next = unverified_.find(next_))
    next_ = next->second;
}

/// Returns the size for the next piece: by latency, but not more than half of an equal share of the rest.
std::uint64_t Pieces::piece_size() const {
  const std::uint64_t connections = under_way_ + 1;
  const std::uint64_t fair = (size_ - next_) / (2 * connections);
  return std::clamp(std::min(wanted_, fair), min_, max_);
}

std::optional<Pieces::Piece> Pieces::take() {
  if (next_ == size_) return std::nullopt;
  const auto arrived = unverified_.upper_bound(next_);
  const std::uint64_t gap_end = arrived == unverified_.end() ? size_ : arrived->first;
  std::uint64_t end = next_ + std::min(piece_size(), gap_end - next_);
  if (gap_end - end < min_ / 2 && gap_end - next_ <= max_) end = gap_end;  // the rest is not worth a request
  ++under_way_;
  const Piece piece{std::exchange(next_, end), end};
  last_end_ = end;
  skip_arrived();
  return piece;
}

void Pieces::extend_to_end(Piece& piece) {
  if (piece.end != last_end_) return;
  unverified_.erase(unverified_.lower_bound(piece.end), unverified_.end());  // fetched again
  piece.end = last_end_ = next_ = size_;
}

std::uint64_t Pieces::left() const {
  return (size_ - next_ + min_ - 1) / min_;
}

void Pieces::arrived(const Piece& piece, std::optional<Pace> pace) {
  --under_way_;
  unverified_.emplace(piece.first, piece.end);
  if (!pace) return;
  // What the connection could have transferred while it waited for the response.
  const double bytes_per_latency = static_cast<double>(pace->size.count) * static_cast<double>(pace->latency.count()) /
                                   static_cast<double>(std::max<std::int64_t>(pace->body.count(), 1));
  const double wanted = latencies_per_piece * bytes_per_latency;
  constexpr double max_wanted = 1e18;  // fits 64 bits
  wanted_ = static_cast<std::uint64_t>(std::min(wanted, max_wanted));
}

std::optional<Pieces::Piece> Pieces::arrived_at_front() const {
  const auto found = unverified_.find(front_);
  if (found == unverified_.end()) return std::nullopt;
  return Piece{found->first, found->second};
}

void Pieces::advance(std::uint64_t front) {
  unverified_.erase(front_);
  front_ = front;
}

}  // namespace acedt::plan
