// Three ways in which a registry may hold what refers to a manifest: the referrers API, one tag with a list of
// referrers (the fallback of the OCI distribution-spec), and cosign's tags, one for each kind of content.
//
// Registries differ in how they say that they have no API: eight statuses, or 200 with something that is no list. So
// the answer is judged by its content, and the tag is the fallback for everything that is not clearly a list.

#include "acedt/registry/referrers.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/oci/layout.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/problem.hpp"
#include "acedt/registry/pull.hpp"

namespace acedt::registry {
namespace {

constexpr std::size_t max_pages = 1000;
constexpr Bytes max_of_pages = 64_MiB;

/// Statuses by which registries say that they have no such API: 404 (OCI distribution-spec v1.1, "Listing Referrers"),
/// or another refusal of what is unknown to them. An account that may read the manifest may read what refers to it.
bool has_no_api(int status) {
  switch (status) {
    case 400:
    case 403:
    case 404:
    case 405:
    case 406:
    case 410:
    case 501: return true;
    default: return false;
  }
}

bool is_list(const Document& page) {
  return media_type_of(page.head) == oci::media_type::oci_index || oci::is_index(page.text);
}

/// "http://host/v2/a/b/manifests/sha256-…: is no list of referrers but "text/html""
std::string is_something_else(const Repository& repository, const std::string& path, const Document& got) {
  return repository.target.origin.text() + path + ": is no list of referrers but " + in_quotes(media_type_of(got.head));
}

void give_up_api(const Transport& transport, const Repository& repository, const std::string& why) {
  if (!repository.referrers_found->no_api.exchange(true))
    transport.warn(why + "; the referrers tag is asked for instead");
}

/// A request for a page of the referrers API, and what it adds.
class Pages {
 public:
  Pages(Transport& transport, const Repository& repository, const oci::Digest& digest)
      : transport_(transport),
        repository_(repository),
        all_of_("the pages of the referrers of " + digest.text()),
        request_{"GET", repository.path("referrers", digest.text())} {}

  /// Nothing if there is no API.
  async::awaitable<std::optional<std::vector<oci::Descriptor>>> read() {
    for (bool is_first = true; seen_.size() < max_pages; is_first = false) {
      if (!seen_.insert(request_.target).second) throw Error(ErrorKind::bad_input, all_of_ + " go round in a circle");
      Response response = co_await transport_.send(repository_, request_);
      Document page;
      page.text = co_await transport_.read_all(response);
      page.head = std::move(response.head);
      if (is_first && has_no_api(page.head.status)) co_return std::nullopt;
      if (is_first && page.head.status == 200 && !is_list(page)) {
        give_up_api(transport_, repository_, is_something_else(repository_, request_.target, page));
        co_return std::nullopt;
      }
      try {
        add(page);
      } catch (Error& error) {
        error.add(response.what());
        throw;
      }
      const auto next = next_page(repository_.target.origin, request_.target, page.head);
      if (!next) co_return std::move(all_);
      request_.target = *next;
    }
    throw Error(ErrorKind::bad_input, all_of_ + " are more than " + std::to_string(max_pages));
  }

 private:
  void add(const Document& page) {
    read_ += Bytes{page.text.size()};
    if (read_ > max_of_pages) throw Error(ErrorKind::bad_input, all_of_ + " have more than 64 MiB");
    if (page.head.status != 200) throw_problem(page.head, page.text, repository_.target.origin.authority(), "");
    for (oci::Descriptor& one : oci::parse_referrers(page.text)) all_.push_back(std::move(one));
  }

  Transport& transport_;
  const Repository& repository_;
  std::string all_of_;
  http::Request request_;
  std::set<std::string> seen_;  // targets
  Bytes read_;
  std::vector<oci::Descriptor> all_;
};

async::awaitable<ListedReferrers> list_by_tag(Transport& transport, const Repository& repository, oci::Digest digest) {
  const std::string tag = referrers_tag(digest);
  const auto list = co_await get_tagged(transport, repository, tag);
  ListedReferrers listed{.by_tag = true};
  if (!list) co_return listed;
  const bool is_subject_itself = codec::digest_of(digest.algorithm(), as_bytes(list->text)) == digest;
  if (!is_subject_itself && oci::is_index(list->text)) {
    listed.descriptors = oci::parse_referrers(list->text);
  } else if (!repository.referrers_found->other_tags.exchange(true)) {
    transport.warn(is_something_else(repository, repository.path("manifests", tag), *list) + "; what refers to " +
                   digest.text() + " is not known, nor to others for which that is so");
  }
  co_return listed;
}

async::awaitable<ListedReferrers> list_once(Transport& transport, const Repository& repository, oci::Digest digest) {
  const bool known_to_have_none = repository.referrers == ReferrersSupport::tag || repository.referrers_found->no_api;
  if (repository.referrers == ReferrersSupport::api || !known_to_have_none) {
    Pages pages(transport, repository, digest);
    auto found = co_await pages.read();
    if (found) co_return ListedReferrers{std::move(*found)};
    if (repository.referrers == ReferrersSupport::api) {
      Error error(ErrorKind::not_found, repository.target.origin.text() + " has no referrers API");
      error.hint("set supportsReferrers of this endpoint to auto or tag in the configuration file");
      throw error;
    }
    repository.referrers_found->no_api = true;
  }
  co_return co_await list_by_tag(transport, repository, digest);
}

constexpr int max_tag_pages = 10;
constexpr std::size_t max_cosign_tags = 10'000;

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
  return found.size() <= max_cosign_tags;
}

async::awaitable<std::optional<std::set<std::string>>> list_pages(Transport& transport, Repository repository) {
  std::set<std::string> found;
  http::Request request{"GET", repository.path("tags", "list?n=1000")};
  for (int page = 0; page < max_tag_pages; ++page) {
    Response response = co_await transport.send(repository, request);
    const std::string body = co_await transport.read_all(response);
    if (response.head.status != 200 || !add_tags(body, found)) co_return std::nullopt;
    const auto next = next_page(repository.target.origin, request.target, response.head);
    if (!next) co_return found;
    request.target = *next;
  }
  co_return std::nullopt;
}

}  // namespace

std::string referrers_tag(const oci::Digest& digest) {
  constexpr std::size_t max_of_algorithm = 32;
  constexpr std::size_t max_digits = 64;
  return std::string(oci::name(digest.algorithm()).substr(0, max_of_algorithm)) + "-" +
         digest.hex().substr(0, max_digits);
}

async::awaitable<ListedReferrers> list_referrers(Transport& transport, Repository repository, oci::Digest digest) {
  const auto attempt = [&](const Repository& at) { return list_once(transport, at, digest); };
  const std::string what = "referrers of " + digest.text();
  try {
    co_return co_await transport.persist<ListedReferrers>(repository, what, attempt);
  } catch (const Unavailable& failure) {
    // An API that fails for good, in a registry that else works, is as good as none.
    if (failure.status() != 500 || repository.referrers != ReferrersSupport::automatic) throw;
    give_up_api(transport, repository, failure.what());
  }
  co_return co_await transport.persist<ListedReferrers>(repository, what, attempt);
}

std::vector<std::string> cosign_tags(const oci::Digest& digest) {
  std::vector<std::string> tags;
  for (const std::string_view suffix : suffixes) {
    tags.push_back(std::string(oci::name(digest.algorithm())) + "-" + digest.hex() + std::string(suffix));
  }
  return tags;
}

async::awaitable<std::optional<std::set<std::string>>> list_cosign_tags(Transport& transport, Repository repository) {
  try {
    co_return co_await list_pages(transport, repository);
  } catch (const Error&) {
    // Each tag can be asked for.
  }
  co_return std::nullopt;
}

async::awaitable<std::vector<oci::Descriptor>> find_tags(Transport& transport, Repository repository,
                                                         std::vector<std::string> tags) {
  std::vector<oci::Descriptor> found;
  for (const std::string& tag : tags) {
    std::optional<oci::Descriptor> one = co_await find_manifest(transport, repository, tag);
    if (!one) continue;
    one->annotations.emplace(oci::annotation::ref_name, tag);
    found.push_back(std::move(*one));
  }
  co_return found;
}

}  // namespace acedt::registry
