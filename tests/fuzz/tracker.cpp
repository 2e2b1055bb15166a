// The tracker: what is read is written so that it reads the same.

#include "acedt/sync/tracker.hpp"
#include "fuzz/input.hpp"

namespace acedt::fuzz {
namespace {

std::string rewritten(std::string_view text) {
  std::string out = "sync_name,artifact,digest\n";
  const sync::Tracker tracker = sync::Tracker::parse(text, "tracker.csv");
  for (const sync::TrackerRow& row : tracker.rows()) out += sync::tracker_line(row);
  return out;
}

}  // namespace
}  // namespace acedt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt::fuzz;
  return with_text(data, size, [](std::string_view input) {
    const std::string once = rewritten(input);
    const bool is_same = rewritten(once) == once;
    must(is_same || once.find('\r') != once.npos);  // within quotes, each reading takes one before a line feed
  });
}
