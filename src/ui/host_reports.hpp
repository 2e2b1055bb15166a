#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acedt/report/observer.hpp"
#include "ui/line.hpp"

namespace acedt::ui {

/// Turns failed attempts into few lines: for each host, the first failure, then the number of the others once a minute,
/// and when the host answers again. Pure: the time comes with the calls.
class HostReports {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Returns the line for the event; unset if it is only counted.
  std::optional<Line> failed(const report::Retrying& retry, Time at);
  std::optional<Line> paused(const report::HostPaused& pause, Time at);
  void recovered(const report::HostRecovered& host, Time at);
  /// Returns the lines that are due. Call it several times a second.
  std::vector<Line> due(Time now);
  /// Returns what was not told yet. Call it at the end of the run.
  std::vector<Line> rest();

 private:
  /// The time from a failure until the host has answered without failures for a while.
  struct Outage {
    Time since;
    Time failed_at;
    Time told_at;
    std::string why = {};
    std::size_t failures = 0;
    std::size_t told = 0;  // of them
    std::optional<Time> answered = {};
  };
  static Line ended(const std::string& host, const Outage& outage);
  static Line continues(const std::string& host, Outage& outage, Time now);

  std::map<std::string, Outage> outages_;  // by host
};

}  // namespace acedt::ui
