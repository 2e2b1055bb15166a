// Reuse of connections. A pooled connection may have been closed by its server at any time; quiet() notices what has
// already arrived, and the rest is a race that the caller handles: see registry::Transport::exchange().

#include "acedt/net/pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace acedt::net {

std::unique_ptr<Connection> Pool::take(const Target& target) {
  for (;;) {
    const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                    [&](const auto& connection) { return connection->target() == target; });
    if (found == idle_.rend()) return nullptr;
    std::unique_ptr<Connection> connection = std::move(*found);
    idle_.erase(std::prev(found.base()));
    if (connection->quiet()) return connection;
  }
}

void Pool::give(std::unique_ptr<Connection> connection) {
  if (!connection->reusable()) return;
  idle_.push_back(std::move(connection));
  if (idle_.size() > capacity_) idle_.erase(idle_.begin());
}

}  // namespace acedt::net
