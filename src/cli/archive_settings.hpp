#pragma once

#include <vector>

#include "acedt/cli/settings.hpp"

namespace acedt::cli {

/// Include what refers to an artifact.
extern const Setting recursive;

/// The file in the folder with what is archived.
extern const Setting tracker_filename;

/// The settings of commands that write archives: what is in them, and how it is stored.
const std::vector<const Setting*>& archive_settings();

}  // namespace acedt::cli
