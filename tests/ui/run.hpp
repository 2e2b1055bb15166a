#pragma once

#include <chrono>
#include <string>

#include "acedt/report/observer.hpp"
#include "acedt/ui/model.hpp"
#include "acedt/ui/run_record.hpp"

namespace acedt::testing {

/// Reports the events of a run to an observer, with a clock that only the test advances.
class Run {
 public:
  explicit Run(report::Observer& observer) : observer_(observer) {}

  report::Counters counters;

  void wait(std::chrono::milliseconds time) { now_ += time; }
  void event(report::What what) { observer_.on({now_, std::move(what)}); }
  void tick() { observer_.tick(now_, counters); }

 private:
  report::Observer& observer_;
  std::chrono::steady_clock::time_point now_{std::chrono::hours(5)};
};

/// A run that starts when Run does, at 2026-02-03T04:05:06.000007Z.
inline ui::RunStart start_of_run() {
  using namespace std::chrono;
  const auto date = sys_days(2026y / February / 3) + 4h + 5min + 6s + 7us;
  return {.version = "1.2.3",
          .command = "batch-serialize",
          .folder = "/srv/sync",
          .at = {date, steady_clock::time_point(5h)}};
}

/// Its end, `duration` later.
inline ui::RunEnd end_of_run(std::chrono::milliseconds duration, int exit_status) {
  const ui::Moment start = start_of_run().at;
  return {.at = {start.date + duration, start.time + duration}, .exit_status = exit_status};
}

/// A model as an observer.
class Observed final : public report::Observer {
 public:
  void on(const report::Event& event) override { model.on(event); }
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override {
    model.tick(now, counters);
  }
  ui::Model model;
};

inline const oci::Digest some_digest = oci::Digest::parse("sha256:" + std::string(64, 'a'));

}  // namespace acedt::testing
