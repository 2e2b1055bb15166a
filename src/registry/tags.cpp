#include "acedt/registry/tags.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "acedt/base/text.hpp"
#include "acedt/oci/layout.hpp"
#include "registry/answers.hpp"

namespace acedt::registry {
namespace {

constexpr int max_pages = 10;
constexpr std::size_t max_tags = 10'000;

constexpr std::array<std::string_view, 3> suffixes = {".sig", ".att", ".sbom"};

bool is_cosign_tag(std::string_view tag) {
  const auto has_suffix = [tag](std::string_view suffix) { return tag.ends_with(suffix); };
  return tag.find('-') != std::string_view::npos && std::ranges::any_of(suffixes, has_suffix);
}

/// Adds those of a page (OCI distribution-spec v1.1, "Listing Tags"); false where it is none.
bool add_tags(std::string_view page, std::set<std::string>& found) {
  simdjson::dom::parser parser;
  simdjson::dom::element tags;
  if (parser.parse(with_whole_characters(page))["tags"].get(tags) != simdjson::SUCCESS) return false;
  if (tags.is_null()) return true;
  simdjson::dom::array list;
  if (tags.get(list) != simdjson::SUCCESS) return false;
  for (const simdjson::dom::element each : list) {
    std::string_view tag;
    if (each.get(tag) == simdjson::SUCCESS && is_cosign_tag(tag)) found.emplace(tag);
  }
  return found.size() <= max_tags;
}

async::awaitable<std::optional<std::set<std::string>>> list_pages(Client& client, Repository repository) {
  std::set<std::string> found;
  http::Request request{"GET", repository.path("tags", "list?n=1000")};
  for (int page = 0; page < max_pages; ++page) {
    Response response = co_await client.send(repository, request);
    const std::string body = co_await client.read_all(response);
    if (response.head.status != 200 || !add_tags(body, found)) co_return std::nullopt;
    const auto next = next_page(repository.target.origin, request.target, response.head);
    if (!next) co_return found;
    request.target = *next;
  }
  co_return std::nullopt;
}

}  // namespace

std::vector<std::string> cosign_tags(const oci::Digest& digest) {
  std::vector<std::string> tags;
  for (const std::string_view suffix : suffixes) {
    tags.push_back(std::string(oci::name(digest.algorithm())) + "-" + digest.hex() + std::string(suffix));
  }
  return tags;
}

async::awaitable<std::optional<std::set<std::string>>> list_cosign_tags(Client& client, Repository repository) {
  try {
    co_return co_await list_pages(client, repository);
  } catch (const Error&) {
    // Each tag can be asked for.
  }
  co_return std::nullopt;
}

async::awaitable<std::vector<oci::Descriptor>> find_tags(Client& client, Repository repository,
                                                         std::vector<std::string> tags) {
  std::vector<oci::Descriptor> found;
  for (const std::string& tag : tags) {
    std::optional<oci::Descriptor> one = co_await client.find(repository, tag);
    if (!one) continue;
    one->annotations.emplace(oci::annotation::ref_name, tag);
    found.push_back(std::move(*one));
  }
  co_return found;
}

}  // namespace acedt::registry
