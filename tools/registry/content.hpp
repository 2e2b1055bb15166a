#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "acedt/base/text.hpp"

namespace acedt::testing {

/// Bytes that never change, shared by who stores and who sends them: copies and slices cost nothing.
class Content {
 public:
  Content() = default;
  /// `owner` keeps `bytes` alive.
  Content(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}
  static Content of(std::string text) {
    auto owner = std::make_shared<const std::string>(std::move(text));
    const auto bytes = as_bytes(*owner);
    return {std::move(owner), bytes};
  }

  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  std::string_view text() const noexcept { return as_text(bytes_); }
  std::size_t size() const noexcept { return bytes_.size(); }
  /// `first` + `count` must lie within.
  Content slice(std::size_t first, std::size_t count) const { return {owner_, bytes_.subspan(first, count)}; }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

}  // namespace acedt::testing
