#include "acedt/plan/retry.hpp"

#include <algorithm>

namespace acedt::plan {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds first_delay = 250ms;
constexpr std::chrono::milliseconds longest_delay = 30s;
constexpr std::chrono::seconds longest_asked = 5min;

}  // namespace

std::optional<Retry::Again> Retry::after(ErrorKind kind, double spread, std::optional<std::chrono::seconds> asked) {
  ++failed_;
  ++since_progress_;
  if (kind == ErrorKind::corrupt) {
    if (was_corrupt_) return std::nullopt;
    was_corrupt_ = true;
  } else if (kind != ErrorKind::transport && kind != ErrorKind::unavailable) {
    return std::nullopt;
  }
  if (since_progress_ >= attempts_) return std::nullopt;
  if (asked && *asked > longest_asked) return std::nullopt;
  if (asked) return Again{*asked};
  const auto delay = std::min(longest_delay, first_delay * (1 << std::min(since_progress_ - 1, 10)));
  return Again{delay + std::chrono::duration_cast<std::chrono::milliseconds>(delay * spread / 2)};
}

void Retry::progress() {
  since_progress_ = 0;
}

}  // namespace acedt::plan
