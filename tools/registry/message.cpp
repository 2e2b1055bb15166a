#include "tools/registry/message.hpp"

#include <array>
#include <utility>

#include "acedt/base/text.hpp"

namespace acedt::testing {
namespace {

std::string form_decoded(std::string_view text) {
  std::string spaced(text);
  for (char& c : spaced)
    if (c == '+') c = ' ';
  return percent_decoded(spaced).value_or(std::string(text));
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    std::array<std::byte, 1> byte{};
    if (!from_hex(lower(text.substr(i + 1, 2)), byte)) return std::nullopt;
    out += std::to_integer<char>(byte[0]);
    i += 2;
  }
  return out;
}

Parameters Parameters::parse(std::string_view text) {
  Parameters found;
  for (const auto piece : split(text, '&')) {
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
    found.list_.emplace_back(form_decoded(piece.substr(0, equals)), form_decoded(value));
  }
  return found;
}

std::optional<std::string> Parameters::get(std::string_view name) const {
  for (const auto& [key, value] : list_)
    if (key == name) return value;
  return std::nullopt;
}

std::vector<std::string> Parameters::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : list_)
    if (key == name) values.push_back(value);
  return values;
}

bool Request::take_apart() {
  const std::string_view whole = target;
  const auto mark = whole.find('?');
  auto decoded = percent_decoded(whole.substr(0, mark));
  if (!decoded || !decoded->starts_with('/')) return false;
  path = *std::move(decoded);
  if (mark != std::string_view::npos) query = Parameters::parse(whole.substr(mark + 1));
  return true;
}

Response json_response(int status, std::string json) {
  Response response{.status = status, .body = Content::of(std::move(json))};
  response.fields.add("Content-Type", "application/json");
  return response;
}

Response text_response(int status, std::string text) {
  Response response{.status = status, .body = Content::of(std::move(text))};
  response.fields.add("Content-Type", "text/plain; charset=utf-8");
  return response;
}

Response error_response(int status, std::string_view code, std::string_view message) {
  return json_response(status, "{\"errors\":[{\"code\":\"" + json_escaped(code) + "\",\"message\":\"" +
                                   json_escaped(message) + "\"}]}\n");
}

}  // namespace acedt::testing
