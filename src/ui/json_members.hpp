#pragma once

#include <chrono>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/text.hpp"
#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"

namespace acedt::ui {

/// Builds the members of a JSON object: `"a":1,"b":"x"`. Durations are in milliseconds.
class JsonMembers {
 public:
  template <class Value>
  JsonMembers& add(std::string_view name, const Value& value) {
    if (!text_.empty()) text_ += ',';
    text_ += json(name) + ':' + json(value);
    return *this;
  }
  /// Adds a member that is an object.
  JsonMembers& add(std::string_view name, const JsonMembers& object) {
    if (!text_.empty()) text_ += ',';
    text_ += json(name) + ":{" + object.text_ + '}';
    return *this;
  }

  /// Adds the members of `others`.
  JsonMembers& add(const JsonMembers& others) {
    if (!text_.empty() && !others.text_.empty()) text_ += ',';
    text_ += others.text_;
    return *this;
  }

  const std::string& text() const noexcept { return text_; }

 private:
  static std::string json(std::string_view text) { return '"' + json_printable(text) + '"'; }
  static std::string json(const oci::Digest& digest) { return json(digest.text()); }
  static std::string json(const std::vector<std::string>& texts) {
    std::string list;
    for (const std::string& text : texts) list += (list.empty() ? "" : ",") + json(text);
    return '[' + list + ']';
  }
  static std::string json(Bytes bytes) { return std::to_string(bytes.count); }
  static std::string json(std::chrono::milliseconds duration) { return std::to_string(duration.count()); }
  static std::string json(std::same_as<bool> auto value) { return value ? "true" : "false"; }
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  static std::string json(Number value) {
    return std::to_string(value);
  }

  std::string text_;
};

}  // namespace acedt::ui
