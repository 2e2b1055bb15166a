#pragma once

#include "acedt/cli/args.hpp"

namespace acedt::cli {

/// Throws Error(usage) where what --report or --debug would write is, or has the name of, something that a run needs:
/// an archive, the tracker, the list, or what is in .ace-dt. To be called before anything is written.
void check_output_files(const Arguments& arguments);

}  // namespace acedt::cli
