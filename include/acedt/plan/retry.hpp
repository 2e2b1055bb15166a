#pragma once

#include <chrono>
#include <optional>

#include "acedt/base/error.hpp"

namespace acedt::plan {

/// Fed with failures, answers when to try again. Knows no clock and no socket; the random number is a parameter.
///
/// Waits grow exponentially, with full jitter so that many do not come back at once: something between nothing and a
/// bound, which doubles from half a second to 30 s. What the registry asks for by Retry-After is a floor.
class Retry {
 public:
  struct Limits {
    int retries = 6;                              ///< how many in a row, without any progress between them
    std::chrono::milliseconds max_wait{300'000};  ///< a registry that asks for more is not waited for
  };
  struct Again {
    std::chrono::milliseconds delay;
  };

  explicit Retry(const Limits& limits) : limits_(limits) {}

  /// Nothing: give up. `spread` is in [0, 1); `asked` is the Retry-After of the answer that failed.
  /// Failures of transport and of an unavailable registry pass; content that is corrupt is fetched anew once.
  std::optional<Again> after(ErrorKind kind, double jitter, std::optional<std::chrono::seconds> asked);
  /// Some of what was wanted came since the last failure: patience begins anew.
  void progress();
  /// How many attempts have failed.
  int failed() const noexcept { return failed_; }

 private:
  Limits limits_;
  int failed_ = 0;
  int since_progress_ = 0;
  bool was_corrupt_ = false;
};

}  // namespace acedt::plan
