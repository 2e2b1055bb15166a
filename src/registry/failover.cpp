// Failover as a table. After a failure:
//
//   not an outage, and another registry may know better   leave the endpoint when its retries are used up
//   an outage (no answer, 5xx, 429)                       the same, and the host counts as down for everybody
//   no connection, no such host, 10 s of silence          leave it at once, if another endpoint is left
//   a full disk, a mistake of the user                    throw: it is the same at every endpoint
//
// The last endpoint gets all retries that the user allows, the others three.

#include "acedt/registry/failover.hpp"

#include <algorithm>
#include <utility>

namespace acedt::registry {
namespace {

constexpr int retries_with_alternatives = 3;
constexpr std::chrono::seconds long_silence{10};

bool is_outage(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::transport:
    case ErrorKind::unreachable:
    case ErrorKind::unavailable:
    case ErrorKind::rate_limited: return true;
    default: return false;
  }
}

/// Whether another endpoint may succeed: it may know better than a registry, but has the same disk.
bool may_be_elsewhere(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_found:
    case ErrorKind::unauthorized:
    case ErrorKind::corrupt:
    case ErrorKind::protocol:
    case ErrorKind::bad_input: return true;
    default: return is_outage(kind);
  }
}

const http::Origin& host_of(const Repository& repository) {
  return repository.target.origin;
}

}  // namespace

Failover::Failover(Repository wanted, const plan::Retry::Limits& limits, std::shared_ptr<HostHealth> host_health,
                   Time now)
    : wanted_(std::move(wanted)),
      limits_(limits),
      host_health_(std::move(host_health)),
      mirrors_(wanted_.mirrors ? wanted_.mirrors->all.size() : 1),
      retry_(limits) {
  const std::size_t usual = wanted_.mirrors ? wanted_.mirrors->ask_first.load() : 0;
  ask(host_health_->may_ask(host_of(mirror(usual)), now) ? usual : next(now).value_or(usual), now);
}

const Repository& Failover::mirror(std::size_t number) const noexcept {
  return wanted_.mirrors ? wanted_.mirrors->all[number] : wanted_;
}

const Repository& Failover::where() const noexcept {
  return mirror(asked_.back());
}

bool Failover::is_asked(std::size_t number) const {
  return std::find(asked_.begin(), asked_.end(), number) != asked_.end();
}

void Failover::ask(std::size_t number, Time now) {
  asked_.push_back(number);
  plan::Retry::Limits limits = limits_;
  if (one_is_left()) limits.retries = std::min(limits.retries, retries_with_alternatives);
  retry_ = plan::Retry(limits);
  waiting_since_ = now;
  came_on_ = false;
}

std::optional<std::size_t> Failover::next(Time now) {
  std::optional<std::size_t> last_resort;
  for (std::size_t number = mirrors_; number-- > 0;) {
    if (!is_asked(number)) last_resort = number;
  }
  for (std::size_t number = 0; number < mirrors_; ++number) {
    if (!is_asked(number) && host_health_->may_ask(host_of(mirror(number)), now)) return number;
  }
  return last_resort;
}

bool Failover::is_lost(const std::exception_ptr& failure, Time now) {
  if (!one_is_left()) return false;
  if (std::exchange(came_on_, false)) waiting_since_ = now;
  try {
    std::rethrow_exception(failure);
  } catch (const NoConnection&) {
    return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unreachable) return true;
    if (!is_outage(error.kind())) return false;
    if (now - waiting_since_ >= long_silence) return true;
    return host_health_->is_down(host_of(where()), now) && one_is_up(now);
  }
}

/// Whether one of the endpoints that were not asked is up.
bool Failover::one_is_up(Time now) const {
  for (std::size_t number = 0; number < mirrors_; ++number) {
    if (!is_asked(number) && !host_health_->is_down(host_of(mirror(number)), now)) return true;
  }
  return false;
}

bool Failover::leave(const std::exception_ptr& failure, Time now) {
  bool is_news = false;
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    if (mirrors_ == 1 || !may_be_elsewhere(error.kind())) throw;
    failures_.push_back(error);
    if (is_outage(error.kind())) is_news = host_health_->begin(host_of(where()), now);
  }
  const std::optional<std::size_t> another = next(now);
  if (!another) throw all_failed();
  ask(*another, now);
  wanted_.mirrors->ask_first = *another;
  return is_news;
}

/// One Error for all: an endpoint that could not be asked says more than one that does not have the content.
Error Failover::all_failed() const {
  const auto says_more = [](const Error& error) { return error.kind() != ErrorKind::not_found; };
  auto leading = std::find_if(failures_.begin(), failures_.end(), says_more);
  if (leading == failures_.end()) leading = failures_.begin();
  std::string what;
  for (const Error& error : failures_) what.append(what.empty() ? "" : "; ").append(error.what());
  return Error(leading->kind(), what).hint(leading->hint());
}

}  // namespace acedt::registry
