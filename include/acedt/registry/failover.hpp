#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/plan/retry.hpp"
#include "acedt/registry/host_health.hpp"
#include "acedt/registry/repository.hpp"

namespace acedt::registry {

/// There is no connection to a host: nothing was asked of it.
class NoConnection : public Error {
 public:
  explicit NoConnection(const Error& error) : Error(error) {}
};

/// One thing that is wanted of a repository, over all attempts to get it: which of its endpoints to ask, and what to do
/// after a failure. Knows no clock and no socket.
///
/// Endpoints are asked in their order, without those that are down: these come last, where no other has it. What may
/// pass is tried again at the same endpoint, less often where another one is left; a host to which there is no
/// connection, or that was silent for long, is left at once.
class Failover {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Failover(Repository wanted, const plan::Retry::Limits& limits, std::shared_ptr<HostHealth> host_health, Time now);

  /// The endpoint to ask.
  const Repository& where() const noexcept;
  /// Of attempts there.
  plan::Retry& retry() noexcept { return retry_; }
  /// Some of it came.
  void progress() {
    retry_.progress();
    came_on_ = true;
  }

  /// To try again there would be a waste of time: another endpoint is left to be asked.
  bool is_lost(const std::exception_ptr& failure, Time now);
  /// Turns to the next endpoint, or throws the failure; that of all endpoints where there were several. True if it is
  /// news that the one left is down.
  bool leave(const std::exception_ptr& failure, Time now);

 private:
  const Repository& mirror(std::size_t number) const noexcept;
  bool is_asked(std::size_t number) const;
  bool one_is_left() const noexcept { return asked_.size() < mirrors_; }
  bool one_is_up(Time now) const;
  void ask(std::size_t number, Time now);
  std::optional<std::size_t> next(Time now);
  Error all_failed() const;

  Repository wanted_;
  plan::Retry::Limits limits_;
  std::shared_ptr<HostHealth> host_health_;
  std::size_t mirrors_;
  std::vector<std::size_t> asked_;  // the last one is being asked
  std::vector<Error> failures_;
  plan::Retry retry_;
  Time waiting_since_;    // for anything to come from the endpoint
  bool came_on_ = false;  // since the last failure
};

}  // namespace acedt::registry
