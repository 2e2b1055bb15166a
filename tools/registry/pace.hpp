#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "acedt/base/units.hpp"

namespace acedt::testing {

/// How much may be written when, so that a connection carries so many bytes per second.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  /// 0: as fast as it goes.
  explicit Pace(Bytes rate) : rate_(rate) {}

  bool limited() const noexcept { return rate_.count > 0; }
  /// The most bytes to write at once: those of a fiftieth of a second.
  std::size_t at_once(std::size_t most) const {
    if (!limited()) return most;
    return static_cast<std::size_t>(std::clamp<std::uint64_t>(rate_.count / 50, 1, most));
  }
  /// So much was written; when may the next write be? Being late is made up for, being idle is not.
  Clock::time_point wrote(std::size_t bytes, Clock::time_point now) {
    const std::chrono::duration<double> taken(static_cast<double>(bytes) / static_cast<double>(rate_.count));
    if (now - due_ > std::chrono::seconds(1)) due_ = now;
    return due_ += std::chrono::duration_cast<Clock::duration>(taken);
  }

 private:
  Bytes rate_;
  Clock::time_point due_ = {};
};

}  // namespace acedt::testing
