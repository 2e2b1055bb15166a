// The batch list.

#include "acedt/sync/batch_list.hpp"
#include "fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt;
  return fuzz::with_text(data, size, [](std::string_view input) {
    const auto list = sync::BatchList::parse(input, "list.csv");
    for (const sync::BatchRow& row : list.rows)
      fuzz::must(!row.name.empty() && row.name.find('/') == std::string::npos && row.line > 0);
  });
}
