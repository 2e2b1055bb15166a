#include "acedt/http/fields.hpp"

#include "acedt/base/text.hpp"

namespace acedt::http {
namespace {

// Of most heads.
constexpr std::size_t default_size = 512;
constexpr std::size_t default_count = 8;

}  // namespace

Fields& Fields::add(std::string_view name, std::string_view value) {
  if (fields_.empty()) {
    text_.reserve(default_size);
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

}  // namespace acedt::http
