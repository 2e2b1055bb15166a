#pragma once

#include "acedt/base/log.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::ui {

/// Tells `next` all, and the log what no display shows: rows that are skipped, and warnings where `next` is silent.
class Logged final : public report::Observer {
 public:
  Logged(report::Observer& next, const Log& log, bool warnings) : next_(next), log_(log), warnings_(warnings) {}

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override {
    next_.tick(now, counters);
  }

 private:
  report::Observer& next_;
  const Log& log_;
  bool warnings_;
};

}  // namespace acedt::ui
