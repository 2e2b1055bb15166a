// The configuration file.

#include "acedt/cli/config_file.hpp"
#include "fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt;
  return fuzz::with_text(data, size, [](std::string_view input) { cli::parse_configuration(input, "config.yaml"); });
}
