#pragma once

#include <cstdint>
#include <functional>
#include <list>

namespace acedt::net {

/// Cuts connections that are far slower than the others, so that their transfers continue over other connections. One
/// thread; knows no clock.
class StragglerDetector {
 public:
  /// A response body that is being received. The connection keeps it up to date.
  struct Body {
    std::function<void()> cut = {};  ///< called by look() to end the connection
    std::uint64_t received = 0;      ///< bytes since the last look()
    bool waiting = false;            ///< for the network, and not for the consumer of the bytes
    bool resumable = false;          ///< the rest can be requested by range; if not, a cut would cost more than waiting
    unsigned slow_looks = 0;         ///< consecutive looks at which it was too slow
    bool seen = false;               ///< it was there at the last look: it had the whole interval
  };

  /// `body` must keep its address until remove().
  void add(Body& body) { bodies_.push_back(&body); }
  void remove(Body& body) { bodies_.remove(&body); }

  /// Call once a second. Cuts the bodies that were ten times slower than the median at three looks in a row.
  void look();

 private:
  double usual_ = 0;  // median of the bytes in a second, when last there were three to compare; fades
  std::list<Body*> bodies_;
};

}  // namespace acedt::net
