#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "acedt/http/url.hpp"

namespace acedt::registry {

/// Hosts that failed and whose content another endpoint has: for a while they are not asked. Any thread; knows no
/// clock.
class HostHealth {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::minutes pause{5};

  /// Notes that `host` failed at `now`. Returns true if it was not known to be down.
  bool begin(const http::Origin& host, Time now) {
    const std::lock_guard lock(mutex_);
    some_ = true;
    const auto [entry, is_new] = down_until_.insert_or_assign(host, now + pause);
    return is_new;
  }
  /// Notes that `host` answers.
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
  /// Whether to ask `host` now. After its pause one caller may; the others only once the host has answered again.
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
  std::atomic<bool> some_{false};  // any at all: if not, as usual, nothing is locked
  std::map<http::Origin, Time> down_until_;
};

/// Hosts that asked to be left alone for a while (Retry-After, RFC 9110 section 10.2.3): until then this run sends them
/// no requests. Any thread.
class RetryAfterGate {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Allows no requests to `host` before `until`. Returns true if the pause is now at least a second longer.
  bool close(const http::Origin& host, Time until) {
    const std::lock_guard lock(mutex_);
    const auto [known, is_new] = closed_until_.try_emplace(host, until);
    const bool is_longer = is_new || until - known->second >= std::chrono::seconds(1);
    known->second = std::max(known->second, until);
    return is_longer;
  }
  /// When requests to `host` may be sent again; a time in the past if they may be sent now.
  Time opens(const http::Origin& host) const {
    const std::lock_guard lock(mutex_);
    const auto found = closed_until_.find(host);
    return found == closed_until_.end() ? Time::min() : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<http::Origin, Time> closed_until_;
};

/// Hosts to which requests fail, until one of them answers. Only for reports: what to do about a failure is decided by
/// plan::Retry and Failover. Any thread.
class FailingHosts {
 public:
  /// Notes that a request to `host`, host[:port], failed.
  void note(const std::string& host) {
    const std::lock_guard lock(mutex_);
    failing_.insert(host);
    some_ = true;
  }
  /// Notes that `host` answers. Returns true if requests to it had failed.
  bool answers(const http::Origin& host) {
    if (!some_.load(std::memory_order_relaxed)) return false;
    const std::lock_guard lock(mutex_);
    const bool had_failed = failing_.erase(host.authority()) > 0;
    some_ = !failing_.empty();
    return had_failed;
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> some_{false};  // as in HostHealth
  std::set<std::string> failing_;
};

}  // namespace acedt::registry
