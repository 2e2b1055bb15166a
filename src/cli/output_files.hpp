#pragma once

#include "acedt/serialize/options.hpp"

namespace acedt::cli {

/// Where a run writes beside its folder; empty: nowhere.
struct OutputFiles {
  std::filesystem::path report = {};  ///< --report: a file
  std::filesystem::path debug = {};   ///< --debug: a folder
};

/// Throws Error(usage) if what --report or --debug would write is, or has the name of, something that a run needs: an
/// archive, the tracker, the list, or what is in .ace-dt. To be called before anything is written.
void check_output_files(const OutputFiles& files, const serialize::Options& options);

}  // namespace acedt::cli
