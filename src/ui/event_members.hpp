#pragma once

#include "acedt/report/observer.hpp"
#include "ui/json_members.hpp"

namespace acedt::ui {

/// Returns an event as members of a JSON object: "event", its name, and its fields. For --debug and --log-format json.
JsonMembers members_of(const report::What& what);

}  // namespace acedt::ui
