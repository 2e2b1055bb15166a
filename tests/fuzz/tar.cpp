// Tar streams: the same entries, whole or in pieces.

#include "acedt/tar/reader.hpp"
#include "fuzz/input.hpp"

namespace acedt::fuzz {
namespace {

using tar::Reader;

std::string said_of(std::string_view input, std::size_t piece) {
  Reader reader;
  std::string said;
  for (;;) {
    const auto next = as_bytes(input.substr(0, piece));
    std::size_t used = 0;
    const auto step = reader.feed(next, used);
    must(used <= next.size());
    input.remove_prefix(used);
    if (const auto* entry = std::get_if<Reader::Entry>(&step)) {
      said += entry->name + ' ' + std::to_string(entry->size.count) + ' ' + std::to_string(entry->offset.count) + '\n';
    } else if (const auto* bytes = std::get_if<Reader::Data>(&step)) {
      said += as_text(bytes->bytes);
    } else if (const auto* malformed = std::get_if<Reader::Malformed>(&step)) {
      return said + malformed->why;
    } else if (std::holds_alternative<Reader::End>(step)) {
      return said + "end";
    } else if (std::holds_alternative<Reader::NeedMore>(step) && input.empty()) {
      return said + "cut";
    }
  }
}

}  // namespace
}  // namespace acedt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt::fuzz;
  return with_text(data, size, [](std::string_view input) {
    const std::size_t piece = 1 + take_byte(input);
    must(said_of(input, input.size() + 1) == said_of(input, piece));
  });
}
