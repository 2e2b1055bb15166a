#include "acedt/http/message.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::http {
namespace {

// Sizes of most heads: in a message, and in Fields.
constexpr std::size_t default_message = 1024;
constexpr std::size_t default_text = 512;
constexpr std::size_t default_count = 8;

/// By the number of a character: every field of every response is checked.
constexpr std::array<bool, 256> token_characters = [] {
  std::array<bool, 256> all{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"))
    all[static_cast<unsigned char>(c)] = true;
  return all;
}();

/// Refuses line breaks, as one in a token or a Location would start another field. The error does not show the value,
/// which may be a secret.
void append_field(std::string& message, std::string_view name, std::string_view value) {
  if (!is_token(name) || std::any_of(value.begin(), value.end(), [](char c) { return is_control(c) && c != '\t'; }))
    throw Error(ErrorKind::bad_input, "field " + std::string(name) + ": not a valid name and value");
  message.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::size_t token_length(std::string_view text) {
  const auto is_other = [](char c) { return !token_characters[static_cast<unsigned char>(c)]; };
  return static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_other) - text.begin());
}

Fields& Fields::add(std::string_view name, std::string_view value) {
  if (fields_.empty()) {
    text_.reserve(default_text);
    fields_.reserve(default_count);
  }
  fields_.push_back({text_.size(), name.size(), value.size()});
  text_.append(name).append(value);
  return *this;
}

std::optional<std::string_view> Fields::get(std::string_view name) const {
  for (const auto& [each, value] : list())
    if (equal_ignoring_case(each, name)) return value;
  return std::nullopt;
}

std::vector<std::string_view> Fields::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [each, value] : list())
    if (equal_ignoring_case(each, name)) values.push_back(value);
  return values;
}

std::string Request::serialize(std::string_view authority) const {
  if (!is_token(method) || target.empty() ||
      std::any_of(target.begin(), target.end(), [](char c) { return is_control(c) || c == ' '; }))
    throw Error(ErrorKind::bad_input, "request line: not a valid method and target");

  std::string message;
  message.reserve(default_message + body.size());
  message.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  append_field(message, "Host", authority);
  for (const auto& [name, value] : fields.list()) append_field(message, name, value);
  if (!body.empty() || body_length)
    append_field(message, "Content-Length", std::to_string(body_length.value_or(body.size())));
  message.append("\r\n").append(body);
  return message;
}

std::optional<std::uint64_t> ResponseHead::content_length() const {
  const auto text = fields.get("Content-Length");
  return text ? to_number(*text) : std::nullopt;
}

std::string ResponseHead::serialize() const {
  std::string message;
  message.reserve(default_message);
  message.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason_phrase(status)).append("\r\n");
  for (const auto& [name, value] : fields.list()) append_field(message, name, value);
  message.append("\r\n");
  return message;
}

std::string_view reason_phrase(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 25> phrases = {{
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {409, "Conflict"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {429, "Too Many Requests"},
      {500, "Internal Server Error"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {507, "Insufficient Storage"},
  }};
  for (const auto& [code, phrase] : phrases) {
    if (code == status) return phrase;
  }
  return {};
}

}  // namespace acedt::http
