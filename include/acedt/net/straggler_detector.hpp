#pragma once

#include <cstdint>
#include <functional>
#include <list>

namespace acedt::net {

/// Finds the straggler among connections: one that is far slower than the others is cut, so that who reads from it goes
/// on over another one. One thread; knows no clock.
class StragglerDetector {
 public:
  /// The body of a response that is being received.
  struct Body {
    std::function<void()> cut = {};
    std::uint64_t received = 0;  ///< bytes since the last look
    bool waiting = false;        ///< for the network, and not for whoever takes the bytes
    bool resumable = false;      ///< what is left can be asked for: else to cut would cost more than to wait
    unsigned slow_looks = 0;     ///< one after another
    bool seen = false;           ///< at the last look: it has had all the time since then
  };

  /// `body` must stay where it is until it is removed.
  void add(Body& body) { bodies_.push_back(&body); }
  void remove(Body& body) { bodies_.remove(&body); }

  /// To be called once a second. Cuts what was ten times slower than the median for three looks.
  void look();

 private:
  double usual_ = 0;  // median of the bytes in a second, when last there were three to compare; fades
  std::list<Body*> bodies_;
};

}  // namespace acedt::net
