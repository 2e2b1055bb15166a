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

/// A token for both repositories may be refused, so the token for pushing stays as it is.
MountSource::MountSource(const Repository& to, const std::string& from) : name(from), target(to) {
  target.scope = "repository:" + from + ":pull " + to.scope;
  target.authorization = std::make_shared<Authorization>();
  if (to.authorization->current().value.empty()) return;
  std::vector<http::Challenge> challenges = to.authorization->challenges();
  for (http::Challenge& challenge : challenges) challenge.parameters.erase("scope");
  Authorization::Current expired;
  expired.renew_at = Authorization::Time::min();
  target.authorization->renew(0, std::move(expired), std::move(challenges));
}

}  // namespace acedt::registry
