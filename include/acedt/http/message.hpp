#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acedt::http {

/// Returns the length of the token (RFC 9110 section 5.6.2) at the start of `text`; 0 if there is none.
std::size_t token_length(std::string_view text);

/// Returns true if all of `text` is a token: a method, a field name, a scheme.
inline bool is_token(std::string_view text) {
  return !text.empty() && token_length(text) == text.size();
}

/// Header fields, in order. Names are compared without case (RFC 9110 section 5).
///
/// All text is in one string, so that copying a head takes one allocation. The results of get(), all() and list() point
/// into it.
class Fields {
 public:
  /// Appends a field.
  Fields& add(std::string_view name, std::string_view value);
  /// Returns the value of the first field of this name; unset if there is none.
  std::optional<std::string_view> get(std::string_view name) const;
  /// Returns the values of all fields of this name.
  std::vector<std::string_view> all(std::string_view name) const;
  /// Returns a range of pairs: the name and the value of each field.
  auto list() const {
    return std::views::transform(fields_, [this](const Field& field) {
      const std::string_view text = std::string_view(text_).substr(field.begin, field.name + field.value);
      return std::pair(text.substr(0, field.name), text.substr(field.name));
    });
  }

 private:
  struct Field {
    std::size_t begin;  // in text_: of the name, which the value follows
    std::size_t name;   // their sizes
    std::size_t value;
  };

  std::string text_;
  std::vector<Field> fields_;
};

/// A request to be sent.
struct Request {
  std::string method = "GET";
  std::string target = "/";
  Fields fields = {};  ///< without Host and Content-Length
  std::string body = {};
  std::optional<std::uint64_t> body_length = {};  ///< of a body that follows the message; unset: there is only `body`

  /// Returns the bytes of the whole message for the host `authority` (RFC 9112 section 3), with Content-Length if there
  /// is a body or `body_length`. Throws Error(bad_input) if the method, the target or a field contains characters that
  /// would end its line or its word. The error does not show the value of a field.
  std::string serialize(std::string_view authority) const;
};

/// The request line and the fields of a received request.
struct RequestHead {
  std::string method = {};
  std::string target = {};
  Fields fields = {};
};

/// The status line and the fields of a response.
struct ResponseHead {
  int status = 0;
  Fields fields = {};

  /// Returns the Content-Length; unset if the field is missing or not a number.
  std::optional<std::uint64_t> content_length() const;
  /// Returns the bytes of the head (RFC 9112 section 4). Throws Error(bad_input) as Request::serialize() does.
  std::string serialize() const;
};

/// Returns the reason phrase of a status (RFC 9110 section 15), such as "Not Found"; empty for a status that no
/// registry sends.
std::string_view reason_phrase(int status);

}  // namespace acedt::http
