#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Parsers for the header fields that the program uses. A value that cannot be parsed is unset or left out: it never
// makes a response unusable.

namespace acedt::http {

/// One challenge of a WWW-Authenticate field (RFC 9110 section 11.6.1).
struct Challenge {
  std::string scheme;                             ///< in lower case: "basic", "bearer"
  std::map<std::string, std::string> parameters;  ///< names in lower case; values without quotes and escapes
};

/// Returns the challenges of one WWW-Authenticate field, which may hold several. Leaves out what cannot be parsed.
std::vector<Challenge> parse_challenges(std::string_view field);

/// Returns the target of the link with rel="next" in a Link field (RFC 8288 section 3), which leads to the next page of
/// a list; unset if there is none.
std::optional<std::string> next_link(std::string_view field);

/// How many more requests a registry will answer: `ratelimit-remaining: 76;w=21600`, a field of Docker Hub.
struct Quota {
  std::uint64_t requests = 0;
  std::chrono::seconds window{0};  ///< the period that the quota is for; 0 if unknown

  bool operator==(const Quota&) const = default;
};

/// Returns the quota in `field`; unset if it does not begin with a number.
std::optional<Quota> parse_quota(std::string_view field);

/// Returns the value of a Range field (RFC 9110 section 14.2) for the bytes from `first` to `last`, both included; to
/// the end if `last` is unset.
std::string range_from(std::uint64_t first, std::optional<std::uint64_t> last = std::nullopt);

/// The bytes that a 206 response carries (RFC 9110 section 14.4).
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;                      ///< included
  std::optional<std::uint64_t> complete = {};  ///< the size of the whole; unset for "*"
};

/// Returns the range in `field`; unset unless it is `bytes first-last/complete` with first <= last < complete. `last` +
/// 1 never overflows.
std::optional<ContentRange> parse_content_range(std::string_view field);

/// Returns how long a Retry-After field asks to wait (RFC 9110 section 10.2.3), from 0 to one year: a number of
/// seconds, or the time from `now` to an HTTP date in any of the three forms of section 5.6.7. Unset if it cannot be
/// parsed.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view field,
                                                      std::chrono::system_clock::time_point now);

}  // namespace acedt::http
