#pragma once

#include <chrono>
#include <optional>

#include "acedt/base/error.hpp"

namespace acedt::plan {

/// Decides whether and when to retry: exponential backoff with full jitter
/// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that clients do not return all at
/// once.
///
/// The delay is random between 0 and a bound that doubles from 0.5 s to 30 s. Retry-After of the registry is added as a
/// minimum. No clock and no I/O; the random number is a parameter.
class Retry {
 public:
  struct Limits {
    int retries = 6;                              ///< attempts after the first one, in a row without progress
    std::chrono::milliseconds max_wait{300'000};  ///< give up if the registry asks for more
  };
  /// Try again after a delay.
  struct Again {
    std::chrono::milliseconds delay;
  };

  explicit Retry(const Limits& limits) : limits_(limits) {}

  /// Call after a failed attempt. Returns nullopt to give up. `jitter` is random in [0, 1); `asked` is the Retry-After
  /// of the response. Failures of kind transport, unavailable and rate_limited are retried; corrupt content is fetched
  /// once more.
  std::optional<Again> after(ErrorKind kind, double jitter, std::optional<std::chrono::seconds> asked);
  /// Call when data has arrived since the last failure: resets the count of retries and the bound.
  void progress();
  /// Returns how many attempts have failed.
  int failed() const noexcept { return failed_; }

 private:
  Limits limits_;
  int failed_ = 0;
  int since_progress_ = 0;
  bool was_corrupt_ = false;
};

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
