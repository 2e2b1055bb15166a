#pragma once

#include <cstddef>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acedt::http {

/// Header fields in their order; names are compared without case (RFC 9110 section 5). All text is in one string, so
/// that a head is copied with one allocation; the results of get(), all() and list() point into it.
class Fields {
 public:
  /// Appends a field.
  Fields& add(std::string_view name, std::string_view value);
  /// The value of the first field of that name; unset if there is none.
  std::optional<std::string_view> get(std::string_view name) const;
  /// The values of all fields of that name.
  std::vector<std::string_view> all(std::string_view name) const;
  /// A range of pairs: the name and the value of each field.
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

}  // namespace acedt::http
