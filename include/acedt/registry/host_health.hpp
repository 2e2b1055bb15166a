#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>

#include "acedt/http/url.hpp"

namespace acedt::registry {

/// Hosts that failed, where another one has the same: they are left alone for a while. Any thread; knows no clock.
class HostHealth {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::minutes pause{5};

  /// `host` failed at `now`. True if that is news.
  bool begin(const http::Origin& host, Time now) {
    const std::lock_guard lock(mutex_);
    some_ = true;
    const auto [entry, is_new] = down_until_.insert_or_assign(host, now + pause);
    return is_new;
  }
  /// `host` answers.
  void over(const http::Origin& host) {
    if (!some_) return;
    const std::lock_guard lock(mutex_);
    down_until_.erase(host);
    some_ = !down_until_.empty();
  }
  bool is_down(const http::Origin& host, Time now) const {
    if (!some_) return false;
    const std::lock_guard lock(mutex_);
    const auto found = down_until_.find(host);
    return found != down_until_.end() && now < found->second;
  }
  /// Whether to ask `host` now. When its pause is over, one may, and the others only once that was answered.
  bool may_ask(const http::Origin& host, Time now) {
    if (!some_) return true;
    const std::lock_guard lock(mutex_);
    const auto found = down_until_.find(host);
    if (found == down_until_.end()) return true;
    if (now < found->second) return false;
    found->second = now + pause;
    return true;
  }

 private:
  mutable std::mutex mutex_;
  std::atomic<bool> some_{false};  // any at all: mostly not, and then nobody needs the lock
  std::map<http::Origin, Time> down_until_;
};

}  // namespace acedt::registry
