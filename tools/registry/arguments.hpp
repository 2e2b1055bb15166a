#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "tools/registry/corpus.hpp"
#include "tools/registry/fault.hpp"
#include "tools/registry/options.hpp"

namespace acedt::testing {

/// What the command line says.
struct Arguments {
  Options options = {};
  std::vector<CorpusSpec> corpora = {};
  std::vector<FaultRule> faults = {};
  std::filesystem::path port_file = {};
  std::filesystem::path list = {};
};

/// Nothing where the process is to end at once with `exit_code`: --help, or an error that was shown. Throws Error.
std::optional<Arguments> parse_arguments(int argc, const char* const* argv, int& exit_code);

}  // namespace acedt::testing
