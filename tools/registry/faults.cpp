#include "tools/registry/faults.hpp"

#include <utility>

#include "tools/registry/glob.hpp"

namespace acedt::testing {

void Faults::add(FaultRule rule) {
  const std::scoped_lock lock(mutex_);
  rules_.push_back(std::move(rule));
}

void Faults::clear() {
  const std::scoped_lock lock(mutex_);
  rules_.clear();
}

Fault Faults::take(std::string_view method, std::string_view target, std::uint64_t length) {
  const std::scoped_lock lock(mutex_);
  for (FaultRule& rule : rules_) {
    if (rule.fault.take && length <= *rule.fault.take) continue;
    if (rule.left == 0 || (rule.method != "*" && rule.method != method) || !matches(rule.target, target)) continue;
    if (rule.left) --*rule.left;
    return rule.fault;
  }
  return {};
}

}  // namespace acedt::testing
