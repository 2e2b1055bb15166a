#pragma once

#include <string>
#include <string_view>

#include "acedt/ui/model.hpp"
#include "ui/json_members.hpp"
#include "ui/line.hpp"

namespace acedt::ui {

/// Returns the line as a JSON object without a line end: "time", "level" (from the style), "msg" and `event`.
std::string json_of(const Line& line, std::string_view time, const JsonMembers& event);

/// Returns the members of a status line: the progress of the run.
JsonMembers members_of(const Model& model);

}  // namespace acedt::ui
