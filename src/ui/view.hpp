#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "acedt/ui/display.hpp"
#include "acedt/ui/model.hpp"
#include "ui/line.hpp"

namespace acedt::ui {

/// Returns the rows of the live display for a terminal of `size`: a summary, what is waited for, and transfers. The
/// summary begins with percent, rate and ETA, and has as much else as fits. Each row is shorter than the terminal is
/// wide, and there are fewer of them than it has rows. Pure.
std::vector<Row> view(const Model& model, TerminalSize size);

/// Returns the progress of the run as one line of text, with what is waited for.
std::string status(const Model& model);

/// Returns what is waited for, such as "waiting 41s for registry.example, which asked for a pause".
std::string text_of(const Wait& wait);

}  // namespace acedt::ui
