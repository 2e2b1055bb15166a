#include "acedt/registry/repository.hpp"

namespace acedt::registry {

Authorization::Current Authorization::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void Authorization::renew(Secret value) {
  const std::lock_guard lock(mutex_);
  current_ = {current_.generation + 1, std::move(value)};
}

}  // namespace acedt::registry
