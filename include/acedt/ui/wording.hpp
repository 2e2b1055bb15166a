#pragma once

#include <string>

#include "acedt/ui/model.hpp"

namespace acedt::ui {

/// The line, or lines, without the last end, that `event` is worth; empty for most: there may be a million blobs.
/// `model` knows the event already. Free of control characters but for line ends.
std::string line_for(const report::Event& event, const Model& model);

/// How far the run is, in one line without its end.
std::string status(const Model& model);

}  // namespace acedt::ui
