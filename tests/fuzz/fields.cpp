// The other fields that registries steer by: Link, Content-Range, Retry-After, Location.

#include "acedt/http/field_values.hpp"
#include "acedt/http/url.hpp"
#include "fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt;
  return fuzz::with_text(data, size, [](std::string_view input) {
    const std::string link = http::next_link(input).value_or(std::string(input));
    if (const auto range = http::parse_content_range(input)) fuzz::must(range->first <= range->last);
    const std::chrono::system_clock::time_point now{std::chrono::seconds(1'700'000'000)};
    if (const auto wait = http::parse_retry_after(input, now)) fuzz::must(wait->count() >= 0);
    const http::Url url = http::Url::parse("https://user.example/v2/a/?b").resolve(link);
    fuzz::must(url.target.starts_with('/') && !url.origin.host.empty());
    fuzz::must(http::Url::parse(url.origin.text() + url.target).origin == url.origin);
  });
}
