#include "acedt/registry/repository.hpp"

namespace acedt::registry {

Authorization::Current Authorization::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

std::vector<http::Challenge> Authorization::challenges() const {
  const std::lock_guard lock(mutex_);
  return challenges_;
}

void Authorization::renew(unsigned generation, Current fresh, std::vector<http::Challenge> challenges) {
  const std::lock_guard lock(mutex_);
  if (current_.generation != generation) return;
  current_ = std::move(fresh);
  current_.generation = generation + 1;
  challenges_ = std::move(challenges);
}

}  // namespace acedt::registry
