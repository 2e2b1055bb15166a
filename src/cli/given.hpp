#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/base/units.hpp"
#include "acedt/cli/settings.hpp"

// How the texts of settings become values, and back. All throw Error(usage) "NAME: got …, want …".
namespace acedt::cli {

/// "NAME: got TEXT, want `wanted`".
Error not_wanted(const Given& given, const std::string& wanted);

/// A whole number from `min` to `max`. `remark` follows the name in the error: " for zstd".
unsigned number_within(const Given& given, unsigned min, unsigned max, const std::string& remark = "");

/// "48MiB". Back: exact(), in the largest unit that divides it.
Bytes parse_size(const Given& given);
std::string exact(Bytes size);

/// "30s".
std::chrono::milliseconds parse_wait(const Given& given);

bool parse_switch(const Given& given);
std::vector<std::string> switch_texts(bool value);

/// The names of a setting that is one of several.
template <class T, std::size_t count>
using Choices = std::array<std::pair<std::string_view, T>, count>;

template <class T, std::size_t count>
T parse_choice(const Given& given, const Choices<T, count>& choices) {
  std::string wanted;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [name, value] = choices[i];
    if (given.text() == name) return value;
    wanted.append(i == 0 ? "" : i + 1 == count ? " or " : ", ").append(name);
  }
  throw not_wanted(given, wanted);
}

template <class T, std::size_t count>
std::vector<std::string> choice_texts(T chosen, const Choices<T, count>& choices) {
  for (const auto& [name, value] : choices)
    if (value == chosen) return {std::string(name)};
  return {};
}

}  // namespace acedt::cli
