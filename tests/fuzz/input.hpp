#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

/// What libFuzzer, or the replay of its corpus, calls with each input.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace acedt::fuzz {

/// What must hold for every input.
inline void must(bool holds) {
  if (!holds) std::abort();
}

/// Takes a byte off the input, for a choice.
inline unsigned take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  return byte;
}

/// Calls `use` with the input as text. To refuse it with an Error is a right answer, too.
template <class Use>
int with_text(const std::uint8_t* data, std::size_t size, Use use) {
  try {
    use(as_text(std::as_bytes(std::span(data, size))));
  } catch (const Error&) {
  }
  return 0;
}

}  // namespace acedt::fuzz
