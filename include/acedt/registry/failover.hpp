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

/// No connection to a host could be opened: it received no request.
class NoConnection : public Error {
 public:
  explicit NoConnection(const Error& error) : Error(error) {}
};

/// The attempts of one operation on a repository: which of its endpoints to ask, and what to do after a failure. A
/// state machine without clock and I/O; Transport::persist() drives it.
///
/// Endpoints are asked in their order, those that are down last. A failure that may pass is retried at the same
/// endpoint, less often while another endpoint is left. An endpoint is left at once if no connection to its host can be
/// opened or the host sent no content for 10 s.
class Failover {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Failover(Repository wanted, const plan::Retry::Limits& limits, std::shared_ptr<HostHealth> host_health, Time now);

  /// The repository at the endpoint to ask.
  const Repository& where() const noexcept;
  /// The attempts at that endpoint.
  plan::Retry& retry() noexcept { return retry_; }
  /// Notes that some content arrived.
  void progress() {
    retry_.progress();
    came_on_ = true;
  }

  /// Whether to leave this endpoint without another attempt. False if no other endpoint is left.
  bool is_lost(const std::exception_ptr& failure, Time now);
  /// Turns to the next endpoint. Returns true if the one that was left was not known to be down. Throws if none is
  /// left: `failure`, or with several endpoints one Error with the failures of all.
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
  std::vector<std::size_t> asked_;  // the last one is asked now
  std::vector<Error> failures_;
  plan::Retry retry_;
  Time waiting_since_;    // for content of this endpoint
  bool came_on_ = false;  // since the last failure
};

}  // namespace acedt::registry
