#include "acedt/plan/concurrency_limit.hpp"

#include <algorithm>

namespace acedt::plan {
namespace {

constexpr unsigned initial_limit = 16;
constexpr double min_growth = 1.1;

}  // namespace

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
