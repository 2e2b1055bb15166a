#include "acedt/registry/response.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/http/field_values.hpp"
#include "acedt/oci/media_type.hpp"

namespace acedt::registry {
namespace {

constexpr const char* no_registry = "check that this is the address of a registry; if it is, ask who runs it";

std::string gunzip(std::string_view body) {
  codec::Decoder decoder(codec::Compression::gzip);
  std::vector<std::byte> piece(64 << 10);
  std::span<const std::byte> left = as_bytes(body);
  std::string text;
  for (;;) {
    const auto [consumed, produced] = decoder.decode(left, piece);
    left = left.subspan(consumed);
    text += as_text(std::span(piece).first(produced));
    if (Bytes{text.size()} > max_manifest_size) {
      throw Error(ErrorKind::bad_input, "decodes to more than " + human(max_manifest_size)).hint(no_registry);
    }
    if (consumed == 0 && produced == 0) break;
  }
  if (!left.empty() || !decoder.at_boundary()) throw Error(ErrorKind::corrupt, "gzip: ends too early");
  return text;
}

}  // namespace

std::optional<http::Url> redirected(const Response& response, std::size_t& followed) {
  constexpr std::array<int, 5> redirects = {301, 302, 303, 307, 308};
  constexpr std::size_t max_redirects = 10;
  const auto location = response.head.fields.get("Location");
  if (std::ranges::find(redirects, response.head.status) == redirects.end() || !location) return std::nullopt;
  if (++followed > max_redirects)
    throw Error(ErrorKind::bad_input, "more than ten redirects").add(response.what()).hint(no_registry);
  try {
    http::Url next = response.url.resolve(*location);
    if (response.url.origin.tls && !next.origin.tls)
      throw Error(ErrorKind::bad_input, "from https to http is not safe: " + next.display())
          .hint("ask who runs the registry to redirect to https");
    return next;
  } catch (Error& error) {
    error.hint(no_registry).add("redirect").add(response.what());
    throw;
  }
}

std::vector<http::Challenge> challenges_of(const http::ResponseHead& head) {
  std::vector<http::Challenge> challenges;
  for (const std::string_view field : head.fields.all("WWW-Authenticate")) {
    for (http::Challenge& challenge : http::parse_challenges(field)) challenges.push_back(std::move(challenge));
  }
  return challenges;
}

std::string media_type_of(const http::ResponseHead& head) {
  return std::string(oci::without_parameters(head.fields.get("Content-Type").value_or("")));
}

std::string without_encoding(const http::ResponseHead& head, std::string body) {
  const std::string_view encoding = head.fields.get("Content-Encoding").value_or("identity");
  if (body.empty() || equal_ignoring_case(encoding, "identity")) return body;
  if (!equal_ignoring_case(encoding, "gzip") && !equal_ignoring_case(encoding, "x-gzip")) {
    throw Error(ErrorKind::bad_input, "encoded as " + in_quotes(encoding) + ", which was not asked for")
        .hint(no_registry);
  }
  return codec::sniff(as_bytes(body)) == codec::Compression::gzip ? gunzip(body) : body;
}

std::optional<std::string> next_page(const http::Origin& origin, const std::string& target,
                                     const http::ResponseHead& head) {
  for (const std::string_view field : head.fields.all("Link")) {
    const auto link = http::next_link(field);
    if (!link) continue;
    std::string next = http::Url{origin, target}.resolve(*link).target;
    if (next == target)
      throw Error(ErrorKind::bad_input, "a page of a list says that it follows itself").hint(no_registry);
    return next;
  }
  return std::nullopt;
}

}  // namespace acedt::registry
