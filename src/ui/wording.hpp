#pragma once

#include <string>
#include <vector>

#include "acedt/ui/model.hpp"
#include "ui/host_reports.hpp"
#include "ui/line.hpp"

namespace acedt::ui {

/// What is said about events, in lines. Pure.
class Wording {
 public:
  /// Returns the lines for `event`, which `model` has received before. None for most events: a run may have a million
  /// blobs.
  std::vector<Line> on(const report::Event& event, const Model& model);
  /// Returns the lines that are due. Call it at each tick.
  std::vector<Line> tick(std::chrono::steady_clock::time_point now) { return hosts_.due(now); }

 private:
  HostReports hosts_;
};

}  // namespace acedt::ui
