#include "tools/registry/route.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "acedt/base/text.hpp"

namespace acedt::testing {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
bool is_path_component(std::string_view text) {
  while (!text.empty()) {
    const auto word = std::find_if_not(text.begin(), text.end(), is_alphanumeric);
    if (word == text.begin()) return false;
    if (word == text.end()) return true;
    const auto next = std::find_if(word, text.end(), is_alphanumeric);
    const std::string_view separator(word, next);
    const bool dashes = separator.find_first_not_of('-') == std::string_view::npos;
    if (separator != "." && separator != "_" && separator != "__" && !dashes) return false;
    text = std::string_view(next, text.end());
  }
  return false;  // nothing, or nothing behind a separator
}

}  // namespace

bool is_repository(std::string_view name) {
  if (name.size() > 255) return false;
  const auto components = split(name, '/');
  return std::all_of(components.begin(), components.end(), is_path_component);
}

bool is_tag(std::string_view name) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  if (name.empty() || name.size() > 128 || letters.find(name.front()) == std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return c == '.' || c == '-' || letters.find(c) != std::string_view::npos; });
}

Route Route::parse(std::string_view path) {
  if (path == "/v2/" || path == "/v2") return {.kind = Kind::base};
  if (path == "/token") return {.kind = Kind::token};
  if (!path.starts_with("/v2/")) return {};
  path.remove_prefix(4);

  constexpr std::string_view tags = "/tags/list";
  if (path.ends_with(tags)) return {Kind::tags, std::string(path.substr(0, path.size() - tags.size())), {}};

  // The longer ones first: an upload also reads as a blob. A repository may itself be called "blobs": the last counts.
  static constexpr std::array<std::pair<std::string_view, Kind>, 4> middles = {{
      {"/blobs/uploads/", Kind::upload},
      {"/blobs/", Kind::blob},
      {"/manifests/", Kind::manifest},
      {"/referrers/", Kind::referrers},
  }};
  for (const auto& [middle, kind] : middles) {
    const auto at = path.rfind(middle);
    if (at == std::string_view::npos) continue;
    Route route{kind, std::string(path.substr(0, at)), std::string(path.substr(at + middle.size()))};
    if (route.reference.find('/') != std::string::npos) continue;
    if (kind == Kind::upload && route.reference.empty()) route.kind = Kind::begin_upload;
    if (kind == Kind::blob && route.reference == "uploads")
      return {Kind::begin_upload, std::move(route.repository), {}};
    return route;
  }
  return {};
}

}  // namespace acedt::testing
