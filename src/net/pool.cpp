#include "acedt/net/pool.hpp"

#include <algorithm>
#include <utility>

namespace acedt::net {

std::unique_ptr<Connection> Pool::take(const Target& target) {
  const auto found =
      std::find_if(idle_.begin(), idle_.end(), [&](const auto& connection) { return connection->target() == target; });
  if (found == idle_.end()) return nullptr;
  std::unique_ptr<Connection> connection = std::move(*found);
  idle_.erase(found);
  return connection;
}

void Pool::give(std::unique_ptr<Connection> connection) {
  if (!connection->reusable()) return;
  idle_.push_front(std::move(connection));
  if (idle_.size() > capacity_) idle_.pop_back();
}

}  // namespace acedt::net
