#include "acedt/http/quota.hpp"

#include "acedt/base/text.hpp"

namespace acedt::http {

std::optional<Quota> parse_quota(std::string_view field) {
  constexpr std::uint64_t max_window = 366ULL * 24 * 60 * 60;
  const auto parts = split(field, ';');
  const auto requests = to_number(trim(parts.front()));
  if (!requests) return std::nullopt;
  Quota quota{*requests};
  for (const std::string_view part : parts) {
    const std::string_view parameter = trim(part);
    const auto window = parameter.starts_with("w=") ? to_number(parameter.substr(2)) : std::nullopt;
    if (window && *window <= max_window) quota.window = std::chrono::seconds(*window);
  }
  return quota;
}

}  // namespace acedt::http
