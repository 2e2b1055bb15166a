#pragma once

#include <vector>

#include "acedt/cli/settings.hpp"

namespace acedt::cli {

/// Whether referrers are included.
extern const Setting recursive;

/// The file that records what is archived.
extern const Setting tracker_filename;

/// Whether to continue after what fails.
extern const Setting keep_going;
/// --check-tags: look whether the tags of rows that are done have moved.
extern const Setting check_tags;

/// Returns the settings of commands that write archives: what is in them, and how it is stored.
const std::vector<const Setting*>& archive_settings();

}  // namespace acedt::cli
