#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "tools/registry/fault.hpp"

namespace acedt::testing {

/// The rules in force. Every member from any thread.
class Faults {
 public:
  void add(FaultRule rule);
  void clear();
  /// What the first rule that matches, and is not used up, does to this request; one use of it is gone.
  /// `length` is that of the request's body.
  Fault take(std::string_view method, std::string_view target, std::uint64_t length);

 private:
  std::mutex mutex_;
  std::vector<FaultRule> rules_;
};

}  // namespace acedt::testing
