#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace acedt::net {

/// Allows a number of units per second on average, and at most `burst` at once. Knows no clock. Any thread.
class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Both above 0.
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

  /// Takes `count` units and returns how long to wait before using them. The next caller waits longer accordingly.
  std::chrono::nanoseconds take(double count, Time now);

  double per_second() const noexcept { return per_second_; }

 private:
  const double per_second_;
  const double burst_;
  std::mutex mutex_;  // of what follows
  double tokens_;     // below 0: taken ahead of their time
  Time last_ = Time::min();
};

}  // namespace acedt::net
