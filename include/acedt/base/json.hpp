#pragma once

#include <string>
#include <string_view>

namespace acedt {

/// `json` with U+FFFD for what Go's encoding/json reads as that, and simdjson refuses or passes on: the escape of a
/// surrogate without its other half (`"\ud83d"`), and each byte that is not UTF-8. What the reference reads is read
/// here.
std::string with_whole_characters(std::string_view json);

}  // namespace acedt
