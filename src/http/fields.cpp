#include "acedt/http/fields.hpp"

#include "acedt/base/text.hpp"

namespace acedt::http {

Fields& Fields::add(std::string name, std::string value) {
  list_.emplace_back(std::move(name), std::move(value));
  return *this;
}

std::optional<std::string_view> Fields::get(std::string_view name) const {
  for (const auto& [each, value] : list_)
    if (equal_ignoring_case(each, name)) return value;
  return std::nullopt;
}

std::vector<std::string_view> Fields::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [each, value] : list_)
    if (equal_ignoring_case(each, name)) values.push_back(value);
  return values;
}

}  // namespace acedt::http
