#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace acedt::http {

/// How long a Retry-After field asks to wait (RFC 9110 section 10.2.3): seconds, or the time until an HTTP date (all
/// three forms of section 5.6.7) seen from `now`; never negative, at most a year. Nothing where it cannot be read.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view field,
                                                      std::chrono::system_clock::time_point now);

}  // namespace acedt::http
