#pragma once

namespace acedt::plan {

/// How many connections a host is given: more while that brings more, fewer when it asks for patience.
///
/// Begins with 16 and doubles while throughput grows by a tenth at least; then goes up by one at a time, in case the
/// work has become another. Halves when the host is too busy, and from then on only goes up by one. Knows no clock.
class ConcurrencyLimit {
 public:
  /// `most` is at least 1.
  explicit ConcurrencyLimit(unsigned most);

  unsigned now() const noexcept { return now_; }
  /// A fifth of a second is over, at whose end all of them were busy and there was more to do, and brought so much.
  void was_full(double throughput);
  /// The host answered that it is too busy. Many such answers between two calls of was_full() count as one.
  void too_busy();

 private:
  unsigned max_;
  unsigned now_;
  double best_ = 0;  // throughput so far
  bool cautious_ = false;
  bool halved_ = false;
};

}  // namespace acedt::plan
