// HTTP responses: the same steps, whole or in pieces; nothing is used twice.

#include "acedt/http/message_reader.hpp"
#include "fuzz/input.hpp"

namespace acedt::fuzz {
namespace {

using http::ResponseReader;

/// All that a reader says of `input`, in pieces of `piece` bytes, and of the end of it. Stops after one response.
std::string said_of(std::string_view input, std::size_t piece, bool head_only) {
  ResponseReader reader;
  reader.start(head_only);
  std::string said;
  for (;;) {
    const auto next = as_bytes(input.substr(0, piece));
    std::size_t used = 0;
    auto step = reader.feed(next, used);
    must(used <= next.size());
    input.remove_prefix(used);
    if (std::holds_alternative<ResponseReader::NeedMore>(step)) {
      must(used == next.size());
      if (!input.empty()) continue;
      step = reader.end_of_input();
      must(!std::holds_alternative<ResponseReader::NeedMore>(step));
    }
    if (const auto* head = std::get_if<http::ResponseHead>(&step)) {
      said += std::to_string(head->status) + '\n';
      for (const auto& [name, value] : head->fields.list()) said.append(name).append(":").append(value).append("\n");
    } else if (const auto* data = std::get_if<ResponseReader::Data>(&step)) {
      must(!data->bytes.empty());
      said += as_text(data->bytes);
    } else {
      const bool done = std::holds_alternative<ResponseReader::Done>(step);
      must(done || !reader.keeps_alive());
      return said += done ? (reader.keeps_alive() ? "\nkept" : "\nended") : "\nmalformed";
    }
  }
}

}  // namespace
}  // namespace acedt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt::fuzz;
  return with_text(data, size, [](std::string_view input) {
    const unsigned choice = take_byte(input);
    const bool head_only = choice % 2 != 0;
    const std::string whole = said_of(input, std::max<std::size_t>(input.size(), 1), head_only);
    const std::string in_pieces = said_of(input, 1 + choice / 2, head_only);
    if (!whole.ends_with("malformed")) must(whole == in_pieces);
  });
}
