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
  /// Call when data has arrived since the last failure: the count of retries and the bound start anew.
  void progress();
  /// Returns how many attempts have failed.
  int failed() const noexcept { return failed_; }

 private:
  Limits limits_;
  int failed_ = 0;
  int since_progress_ = 0;
  bool was_corrupt_ = false;
};

}  // namespace acedt::plan
