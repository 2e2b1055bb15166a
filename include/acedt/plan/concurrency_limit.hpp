#pragma once

namespace acedt::plan {

/// The number of connections to a host, by AIMD: additive increase, multiplicative decrease
/// (https://en.wikipedia.org/wiki/Additive_increase/multiplicative_decrease), as TCP controls congestion.
///
/// Starts at 16 and doubles while each step raises the throughput by 10 % or more (TCP's slow start); after that it
/// adds one per interval, as other blobs may allow more. A 429 or 503 halves it, and ends the doubling for good.
/// Without a clock: the caller measures the intervals.
class ConcurrencyLimit {
 public:
  /// `max` is 1 or more.
  explicit ConcurrencyLimit(unsigned max);

  /// Returns the limit, from 1 to `max`.
  unsigned now() const noexcept { return now_; }
  /// Call after each 200 ms interval in which every connection was busy and jobs were queued; `throughput` is what the
  /// interval transferred, in any unit.
  void was_full(double throughput);
  /// Call when the host answers 429 or 503. All calls between two calls of was_full() count as one.
  void too_busy();

 private:
  unsigned max_;
  unsigned now_;
  double best_ = 0;        // throughput of the best interval
  bool cautious_ = false;  // no more doubling
  bool halved_ = false;    // in this interval
};

}  // namespace acedt::plan
