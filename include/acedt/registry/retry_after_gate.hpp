#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

#include "acedt/http/url.hpp"

namespace acedt::registry {

/// Hosts that asked to be left alone for a while (Retry-After, RFC 9110 section 10.2.3): until then nobody of this run
/// asks them for anything. Any thread.
class RetryAfterGate {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void close(const http::Origin& host, Time until) {
    const std::lock_guard lock(mutex_);
    Time& known = closed_until_[host];
    known = std::max(known, until);
  }
  /// In the past, where it is open.
  Time opens(const http::Origin& host) const {
    const std::lock_guard lock(mutex_);
    const auto found = closed_until_.find(host);
    return found == closed_until_.end() ? Time::min() : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<http::Origin, Time> closed_until_;
};

}  // namespace acedt::registry
