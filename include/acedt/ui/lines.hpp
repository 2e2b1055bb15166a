#pragma once

#include <ostream>

#include "acedt/ui/model.hpp"

namespace acedt::ui {

/// One line for each archive, retry and warning, and at most every second one with how far the run is, if it moved.
/// For files, pipes and the logs of build machines.
class Lines final : public report::Observer {
 public:
  explicit Lines(std::ostream& out) : out_(out) {}

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override;

 private:
  std::ostream& out_;
  Model model_;
  std::chrono::milliseconds said_at_{0};  // since the start of the run
  Progress said_;
};

}  // namespace acedt::ui
