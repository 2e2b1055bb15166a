#pragma once

#include <chrono>
#include <optional>

#include "acedt/base/error.hpp"

namespace acedt::plan {

/// Fed with failures, answers when to try again. Knows no clock and no socket; the random number is a parameter.
///
/// Waits double from 250 ms to 30 s, each with up to a half more so that many do not come back at once. What the
/// registry asks for by Retry-After is waited for in full, up to five minutes.
class Retry {
 public:
  struct Again {
    std::chrono::milliseconds delay;
  };

  /// `attempts`: how many may fail without any progress between them.
  explicit Retry(int attempts = 6) : attempts_(attempts) {}

  /// Nothing: give up. `spread` is in [0, 1); `asked` is the Retry-After of the answer that failed.
  /// Failures of transport and of an unavailable registry pass; content that is corrupt is fetched anew once.
  std::optional<Again> after(ErrorKind kind, double spread, std::optional<std::chrono::seconds> asked);
  /// Some of what was wanted came since the last failure: patience begins anew.
  void progress();
  /// How many attempts have failed.
  int failed() const noexcept { return failed_; }

 private:
  int attempts_;
  int failed_ = 0;
  int since_progress_ = 0;
  bool was_corrupt_ = false;
};

}  // namespace acedt::plan
