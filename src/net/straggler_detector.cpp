// A straggler is judged by comparison, as no fixed rate suits every line: ten times slower than the median of the
// bodies on this thread, at three looks in a row. Only bodies that waited for the network count. With fewer than three
// bodies the last median serves, fading, so that the last transfer of a run can still be found to be slow.

#include "acedt/net/straggler_detector.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace acedt::net {
namespace {

constexpr std::size_t enough_to_compare = 3;
constexpr double fading = 0.9;
constexpr double far_slower = 0.1;
constexpr unsigned timeouts = 3;        // looks
constexpr double min_usual = 64 << 10;  // where all is slow, to begin again gains nothing

}  // namespace

void StragglerDetector::look() {
  std::vector<double> rates;
  for (const Body* body : bodies_) {
    if (body->seen) rates.push_back(static_cast<double>(body->received));
  }
  usual_ *= fading;
  if (rates.size() >= enough_to_compare) {
    const auto middle = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
    std::nth_element(rates.begin(), middle, rates.end());
    usual_ = *middle;
  }
  std::vector<Body*> stragglers;
  for (Body* body : bodies_) {
    const auto rate = static_cast<double>(std::exchange(body->received, 0));
    const bool is_slow = std::exchange(body->seen, true) && body->waiting && body->resumable && usual_ >= min_usual &&
                         rate < usual_ * far_slower;
    body->slow_looks = is_slow ? body->slow_looks + 1 : 0;
    if (body->slow_looks == timeouts) stragglers.push_back(body);
  }
  for (const Body* body : stragglers) body->cut();
}

}  // namespace acedt::net
