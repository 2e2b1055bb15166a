#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "acedt/net/connection.hpp"

namespace acedt::net {

/// Connections that can carry another exchange, of one thread. The one used last is taken first.
class Pool {
 public:
  explicit Pool(std::size_t capacity) : capacity_(capacity) {}

  /// An idle connection to `target`; null if there is none. One on which something came meanwhile is closed: it would
  /// be taken for the answer to the next request.
  std::unique_ptr<Connection> take(const Target& target);
  /// Keeps `connection` if it is reusable, and closes the one that waited longest if there are too many.
  void give(std::unique_ptr<Connection> connection);

 private:
  std::size_t capacity_;
  std::vector<std::unique_ptr<Connection>> idle_;  // used last at the end
};

}  // namespace acedt::net
