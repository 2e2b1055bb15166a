#include "acedt/http/request.hpp"

#include <algorithm>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "http/scanner.hpp"

namespace acedt::http {
namespace {

constexpr std::size_t default_size = 1024;  // of most heads

/// A line break in a token or in a Location must not become a field of its own. The value may be a secret: not shown.
void append_field(std::string& message, std::string_view name, std::string_view value) {
  if (!is_token(name) || std::any_of(value.begin(), value.end(), [](char c) { return is_control(c) && c != '\t'; }))
    throw Error(ErrorKind::bad_input, "request field " + std::string(name) + ": not a valid name and value");
  message.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string Request::serialize(std::string_view authority) const {
  if (!is_token(method) || target.empty() ||
      std::any_of(target.begin(), target.end(), [](char c) { return is_control(c) || c == ' '; }))
    throw Error(ErrorKind::bad_input, "request line: not a valid method and target");

  std::string message;
  message.reserve(default_size + body.size());
  message.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  append_field(message, "Host", authority);
  for (const auto& [name, value] : fields.list()) append_field(message, name, value);
  if (!body.empty()) append_field(message, "Content-Length", std::to_string(body.size()));
  message.append("\r\n").append(body);
  return message;
}

}  // namespace acedt::http
