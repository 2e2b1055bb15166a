// References: what is read is written so that it reads the same.

#include "acedt/oci/reference.hpp"
#include "fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt;
  return fuzz::with_text(data, size, [](std::string_view input) {
    const auto reference = oci::Reference::parse(input);
    fuzz::must(oci::Reference::parse(reference.text()).text() == reference.text());
    fuzz::must(reference.repository.find("..") == std::string::npos);
  });
}
