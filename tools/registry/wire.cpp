#include "tools/registry/wire.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "acedt/base/text.hpp"
#include "acedt/http/message.hpp"

namespace acedt::testing {
namespace {

std::string hex(std::size_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return {digits.data(), end};
}

/// Returns `text` with `value` in place of "{value}".
std::string with_value(std::string text, std::string_view value) {
  constexpr std::string_view mark = "{value}";
  if (const auto at = text.find(mark); at != std::string::npos) text.replace(at, mark.size(), value);
  return text;
}

/// The framing fields of this answer, then its own, changed as the fault wants them.
std::string head_of(const Response& response, const Fault& fault, bool closes) {
  http::Fields fields = response.fields;
  if (fault.chunked) {
    fields.add("Transfer-Encoding", "chunked");
  } else if (response.status != 204) {
    const auto length = static_cast<std::int64_t>(response.body.size()) + fault.length;
    fields.add("Content-Length", std::to_string(std::max<std::int64_t>(length, 0)));
  }
  if (closes) fields.add("Connection", "close");
  if (fault.retry_after) fields.add("Retry-After", std::to_string(*fault.retry_after));

  auto replaced = [&](std::string_view name) {
    auto is_it = [&](std::string_view other) { return equal_ignoring_case(name, other); };
    return std::any_of(fault.without.begin(), fault.without.end(), is_it) ||
           std::any_of(fault.set.begin(), fault.set.end(), [&](const auto& field) { return is_it(field.first); });
  };
  http::ResponseHead head{response.status};
  for (const auto& [name, value] : fields.list())
    if (!replaced(name)) head.fields.add(name, value);
  for (const auto& [name, value] : fault.set) head.fields.add(name, with_value(value, fields.get(name).value_or("")));
  return head.serialize();
}

/// The content with the wrong byte in it, if one is wanted.
std::vector<Content> pieces_of(const Content& content, const Fault& fault) {
  if (!fault.flip || *fault.flip >= content.size()) return {content};
  const auto at = static_cast<std::size_t>(*fault.flip);
  const auto wrong = static_cast<char>(~std::to_integer<unsigned>(content.bytes()[at]));
  return {content.slice(0, at), Content::of(std::string(1, wrong)), content.slice(at + 1, content.size() - at - 1)};
}

/// Keeps the first `most` bytes.
void shorten(std::vector<Content>& pieces, std::uint64_t most) {
  for (Content& piece : pieces) {
    piece = piece.slice(0, static_cast<std::size_t>(std::min<std::uint64_t>(most, piece.size())));
    most -= piece.size();
  }
}

}  // namespace

Wire to_wire(const Response& response, const Fault& fault, bool head_only, bool keep_alive) {
  const auto limit = fault.cut ? fault.cut : fault.reset ? fault.reset : fault.stall;
  Wire wire;
  if (fault.stall || fault.hang)
    wire.ending = Ending::stall;
  else if (fault.reset)
    wire.ending = Ending::reset;
  else if (fault.cut || fault.drop || fault.length > 0 || !keep_alive)
    wire.ending = Ending::close;
  if (fault.drop || fault.hang) return wire;

  wire.head = head_of(response, fault, !keep_alive);
  if (head_only || response.status == 204) return wire;
  wire.body = pieces_of(response.body, fault);
  if (limit) shorten(wire.body, *limit);
  for (const Content& piece : wire.body) wire.body_bytes += piece.size();
  if (!fault.chunked) return wire;

  const std::string size = hex(response.body.size());
  if (response.body.size() > 0) wire.body.insert(wire.body.begin(), Content::of(size + "\r\n"));
  const bool whole = wire.body_bytes == response.body.size();
  if (whole) wire.body.push_back(Content::of(response.body.size() > 0 ? "\r\n0\r\n\r\n" : "0\r\n\r\n"));
  return wire;
}

}  // namespace acedt::testing
