#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acedt::http {

/// One challenge of a WWW-Authenticate field (RFC 9110 section 11.6.1).
struct Challenge {
  std::string scheme;                             ///< in lower case: "basic", "bearer"
  std::map<std::string, std::string> parameters;  ///< names in lower case; values unquoted
};

/// All challenges in `field` (several may share one field, separated by commas). What cannot be read is left out.
std::vector<Challenge> parse_challenges(std::string_view field);

}  // namespace acedt::http
