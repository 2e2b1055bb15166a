#include "acedt/plan/pieces.hpp"

#include <algorithm>
#include <utility>

namespace acedt::plan {
namespace {

constexpr std::uint64_t min_piece = 8 << 20;
constexpr std::uint64_t latencies_in_a_piece = 25;  // so waiting for its answer takes 4 % of the time

}  // namespace

Pieces::Pieces(Bytes size, Bytes largest, const std::vector<Piece>& there)
    : size_(size.count), min_(std::min(min_piece, largest.count)), max_(largest.count), wanted_(min_) {
  for (const Piece& piece : there) beyond_.emplace(piece.first, piece.end);
  skip_arrived();
}

void Pieces::skip_arrived() {
  for (auto next = beyond_.find(next_); next != beyond_.end(); next = beyond_.find(next_)) next_ = next->second;
}

std::uint64_t Pieces::piece_size() const {
  const std::uint64_t connections = under_way_ + 1;
  const std::uint64_t fair = (size_ - next_) / (2 * connections);
  return std::clamp(std::min(wanted_, fair), min_, max_);
}

std::optional<Pieces::Piece> Pieces::take() {
  if (next_ == size_) return std::nullopt;
  const auto there = beyond_.upper_bound(next_);
  const std::uint64_t gap_end = there == beyond_.end() ? size_ : there->first;
  std::uint64_t end = next_ + std::min(piece_size(), gap_end - next_);
  if (gap_end - end < min_ / 2 && gap_end - next_ <= max_) end = gap_end;  // not worth a request of its own
  ++under_way_;
  const Piece piece{std::exchange(next_, end), end};
  last_end_ = end;
  skip_arrived();
  return piece;
}

void Pieces::stretch(Piece& piece) {
  if (piece.end != last_end_) return;
  beyond_.erase(beyond_.lower_bound(piece.end), beyond_.end());  // comes again
  piece.end = last_end_ = next_ = size_;
}

std::uint64_t Pieces::left() const {
  return (size_ - next_ + min_ - 1) / min_;
}

void Pieces::arrived(const Piece& piece, std::optional<Pace> pace) {
  --under_way_;
  beyond_.emplace(piece.first, piece.end);
  if (!pace) return;
  const double bytes_in_a_latency = static_cast<double>(pace->size.count) * static_cast<double>(pace->latency.count()) /
                                    static_cast<double>(std::max<std::int64_t>(pace->body.count(), 1));
  const double wanted = latencies_in_a_piece * bytes_in_a_latency;
  constexpr double most = 1e18;
  wanted_ = static_cast<std::uint64_t>(std::min(wanted, most));
}

std::optional<Pieces::Piece> Pieces::arrived_at_front() const {
  const auto found = beyond_.find(front_);
  if (found == beyond_.end()) return std::nullopt;
  return Piece{found->first, found->second};
}

void Pieces::advance(std::uint64_t front) {
  beyond_.erase(front_);
  front_ = front;
}

}  // namespace acedt::plan
