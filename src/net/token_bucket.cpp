#include "acedt/net/token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace acedt::net {

std::chrono::nanoseconds TokenBucket::take(double count, Time now) {
  const std::lock_guard lock(mutex_);
  if (now > last_) {
    if (last_ != Time::min()) {
      const double passed = std::chrono::duration<double>(now - last_).count();
      tokens_ = std::min(burst_, tokens_ + passed * per_second_);
    }
    last_ = now;
  }
  tokens_ -= count;
  const double wait = std::max(0.0, -tokens_ / per_second_);
  return std::chrono::nanoseconds(std::llround(wait * 1e9));
}

}  // namespace acedt::net
