#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "acedt/net/connection.hpp"

namespace acedt::net {

/// The idle connections of one thread. The one that was used last is taken first: it is the least likely to be closed.
class Pool {
 public:
  explicit Pool(std::size_t capacity) : capacity_(capacity) {}

  /// An idle connection to `target`; null if there is none. Closes connections on which something arrived: it would be
  /// taken for the response to the next request.
  std::unique_ptr<Connection> take(const Target& target);
  /// Keeps `connection` if it is reusable. Closes the connection that was idle for longest if there are too many.
  void give(std::unique_ptr<Connection> connection);

 private:
  std::size_t capacity_;
  std::vector<std::unique_ptr<Connection>> idle_;  // used last at the end
};

}  // namespace acedt::net
