#include "acedt/registry/referrers.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/problem.hpp"
#include "registry/answers.hpp"

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

void give_up_api(const Client& client, const Repository& repository, const std::string& why) {
  if (!repository.referrers_found->no_api.exchange(true)) client.warn(why + "; the referrers tag is asked for instead");
}

/// A request for a page of the referrers API, and what it adds.
class Pages {
 public:
  Pages(Client& client, const Repository& repository, const oci::Digest& digest)
      : client_(client),
        repository_(repository),
        all_of_("the pages of the referrers of " + digest.text()),
        request_{"GET", repository.path("referrers", digest.text())} {}

  /// Nothing if there is no API.
  async::awaitable<std::optional<std::vector<oci::Descriptor>>> read() {
    for (bool is_first = true; seen_.size() < max_pages; is_first = false) {
      if (!seen_.insert(request_.target).second) throw Error(ErrorKind::bad_input, all_of_ + " go round in a circle");
      Response response = co_await client_.send(repository_, request_);
      Document page;
      page.text = co_await client_.read_all(response);
      page.head = std::move(response.head);
      if (is_first && has_no_api(page.head.status)) co_return std::nullopt;
      if (is_first && page.head.status == 200 && !is_list(page)) {
        give_up_api(client_, repository_, is_something_else(repository_, request_.target, page));
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
    if (page.head.status != 200) throw_problem(page.head, page.text, repository_.target.origin.authority());
    for (oci::Descriptor& one : oci::parse_referrers(page.text)) all_.push_back(std::move(one));
  }

  Client& client_;
  const Repository& repository_;
  std::string all_of_;
  http::Request request_;
  std::set<std::string> seen_;  // targets
  Bytes read_;
  std::vector<oci::Descriptor> all_;
};

async::awaitable<ListedReferrers> list_by_tag(Client& client, const Repository& repository, oci::Digest digest) {
  const std::string tag = referrers_tag(digest);
  const auto list = co_await client.get_if_there(repository, tag);
  ListedReferrers listed{.by_tag = true};
  if (!list) co_return listed;
  const bool is_subject_itself = codec::digest_of(digest.algorithm(), as_bytes(list->text)) == digest;
  if (!is_subject_itself && oci::is_index(list->text)) {
    listed.descriptors = oci::parse_referrers(list->text);
  } else if (!repository.referrers_found->other_tags.exchange(true)) {
    client.warn(is_something_else(repository, repository.path("manifests", tag), *list) + "; what refers to " +
                digest.text() + " is not known, nor to others for which that is so");
  }
  co_return listed;
}

async::awaitable<ListedReferrers> list_once(Client& client, const Repository& repository, oci::Digest digest) {
  const bool known_to_have_none = repository.referrers == ReferrersSupport::tag || repository.referrers_found->no_api;
  if (repository.referrers == ReferrersSupport::api || !known_to_have_none) {
    Pages pages(client, repository, digest);
    auto found = co_await pages.read();
    if (found) co_return ListedReferrers{std::move(*found)};
    if (repository.referrers == ReferrersSupport::api) {
      Error error(ErrorKind::not_found, repository.target.origin.text() + " has no referrers API");
      error.hint("set supportsReferrers of this endpoint to auto or tag in the configuration file");
      throw error;
    }
    repository.referrers_found->no_api = true;
  }
  co_return co_await list_by_tag(client, repository, digest);
}

}  // namespace

std::string referrers_tag(const oci::Digest& digest) {
  constexpr std::size_t max_of_algorithm = 32;
  constexpr std::size_t max_digits = 64;
  return std::string(oci::name(digest.algorithm()).substr(0, max_of_algorithm)) + "-" +
         digest.hex().substr(0, max_digits);
}

async::awaitable<ListedReferrers> list_referrers(Client& client, Repository repository, oci::Digest digest) {
  const auto attempt = [&](const Repository& at) { return list_once(client, at, digest); };
  const std::string what = "referrers of " + digest.text();
  try {
    co_return co_await client.persist<ListedReferrers>(repository, what, attempt);
  } catch (const Unavailable& failure) {
    // An API that fails for good, in a registry that else works, is as good as none.
    if (failure.status() != 500 || repository.referrers != ReferrersSupport::automatic) throw;
    give_up_api(client, repository, failure.what());
  }
  co_return co_await client.persist<ListedReferrers>(repository, what, attempt);
}

}  // namespace acedt::registry
