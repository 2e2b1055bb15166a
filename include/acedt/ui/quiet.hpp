#pragma once

#include "acedt/report/observer.hpp"

namespace acedt::ui {

/// Says nothing.
class Quiet final : public report::Observer {
 public:
  void on(const report::Event&) override {}
  void tick(std::chrono::steady_clock::time_point, const report::Counters&) override {}
};

}  // namespace acedt::ui
