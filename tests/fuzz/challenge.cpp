// WWW-Authenticate.

#include "acedt/http/field_values.hpp"
#include "fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt;
  return fuzz::with_text(data, size, [](std::string_view input) {
    for (const http::Challenge& challenge : http::parse_challenges(input)) {
      fuzz::must(!challenge.scheme.empty());
      for (const auto& [name, value] : challenge.parameters) fuzz::must(!name.empty() && value.size() <= input.size());
    }
  });
}
