// Two policies that keep the load on a registry low: Retry spaces the attempts of one request, ConcurrencyLimit bounds
// the connections to one host. Neither has a clock or a random number of its own, so tests drive them step by step.

#include "acedt/plan/retry.hpp"

#include <algorithm>
#include <utility>

namespace acedt::plan {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds min_bound = 500ms;
constexpr milliseconds max_bound = 30s;

/// Returns whether failures of this kind may pass with time.
bool is_transient(ErrorKind kind) {
  return kind == ErrorKind::transport || kind == ErrorKind::unavailable || kind == ErrorKind::rate_limited;
}

constexpr unsigned initial_limit = 16;
constexpr double min_growth = 1.1;

}  // namespace

std::optional<Retry::Again> Retry::after(ErrorKind kind, double jitter, std::optional<std::chrono::seconds> asked) {
  ++failed_;
  ++since_progress_;
  const bool may_help = kind == ErrorKind::corrupt ? !std::exchange(was_corrupt_, true) : is_transient(kind);
  if (!may_help || since_progress_ > limits_.retries) return std::nullopt;
  const milliseconds floor = asked.value_or(0s);
  if (floor > limits_.max_wait) return std::nullopt;
  const milliseconds bound = std::min(max_bound, min_bound * (1 << std::min(since_progress_ - 1, 10)));
  const auto wait = std::chrono::duration_cast<milliseconds>(bound * jitter);
  return Again{std::min(floor + wait, limits_.max_wait)};
}

void Retry::progress() {
  since_progress_ = 0;
}

ConcurrencyLimit::ConcurrencyLimit(unsigned max) : max_(max), now_(std::min(initial_limit, max)) {}

void ConcurrencyLimit::was_full(double throughput) {
  const bool grows = !cautious_ && throughput > best_ * min_growth;
  if (!halved_) now_ = std::min(max_, grows ? 2 * now_ : now_ + 1);
  best_ = std::max(best_, throughput);
  halved_ = false;
}

void ConcurrencyLimit::too_busy() {
  if (!halved_) now_ = std::max(1U, now_ / 2);
  cautious_ = halved_ = true;
}

}  // namespace acedt::plan
