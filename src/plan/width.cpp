#include "acedt/plan/width.hpp"

#include <algorithm>

namespace acedt::plan {
namespace {

constexpr unsigned at_first = 16;
constexpr double growth_worth_more = 1.1;

}  // namespace

Width::Width(unsigned most) : most_(most), now_(std::min(at_first, most)) {}

void Width::was_full(double throughput) {
  const bool grows = !cautious_ && throughput > best_ * growth_worth_more;
  if (!halved_) now_ = std::min(most_, grows ? 2 * now_ : now_ + 1);
  best_ = std::max(best_, throughput);
  halved_ = false;
}

void Width::too_busy() {
  if (!halved_) now_ = std::max(1U, now_ / 2);
  cautious_ = halved_ = true;
}

}  // namespace acedt::plan
