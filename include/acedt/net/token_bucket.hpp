#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace acedt::net {

/// Allows so many units a second on average, and at most `burst` of them at once. Knows no clock. Any thread.
class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Both above 0.
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

  /// Takes `count` and says for how long to wait before one uses them; who takes next waits behind that.
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
