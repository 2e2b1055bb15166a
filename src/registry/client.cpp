#include "acedt/registry/client.hpp"

#include <utility>

#include "acedt/async/timeout.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/http/link.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/problem.hpp"

namespace acedt::registry {
namespace {

constexpr int most_redirects = 10;
constexpr int most_pages = 10'000;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string what_of(const net::Target& target, const http::Request& request) {
  return request.method + " " + http::Url{target.origin, request.target}.display();
}

/// The media type without its parameters.
std::string media_type_of(const http::ResponseHead& head) {
  const std::string_view field = head.fields.get("Content-Type").value_or("");
  return std::string(trim(field.substr(0, field.find(';'))));
}

http::Request manifest_request(const Repository& repository, std::string_view method, std::string_view selector,
                               std::string_view accept) {
  http::Request request{std::string(method), repository.path("manifests", selector)};
  request.fields.add("Accept", std::string(accept));
  return request;
}

/// Checks what came against what was asked for.
void verify(const oci::Descriptor& descriptor, std::string_view text) {
  if (Bytes{text.size()} != descriptor.size) {
    throw Error(ErrorKind::corrupt,
                "got " + std::to_string(text.size()) + " bytes, want " + std::to_string(descriptor.size.count));
  }
  const oci::Digest got = codec::digest_of(descriptor.digest.algorithm(), as_bytes(text));
  if (got != descriptor.digest) {
    throw Error(ErrorKind::corrupt, "got " + got.text() + ", want " + descriptor.digest.text());
  }
}

/// What the answer to HEAD says, where it says all that is needed.
std::optional<oci::Descriptor> descriptor_of(const http::ResponseHead& head, std::string_view selector) {
  const std::string media_type = media_type_of(head);
  const auto size = head.content_length();
  const bool by_digest = selector.find(':') != std::string_view::npos;
  const auto digest = by_digest ? selector : head.fields.get("Docker-Content-Digest").value_or("");
  if (!oci::is_manifest(media_type) || !size || digest.empty()) return std::nullopt;
  return oci::Descriptor{media_type, oci::Digest::parse(digest), {*size}};
}

/// The same from the content itself.
oci::Descriptor describe(const std::string& content_type, std::string_view selector, std::string_view text) {
  const bool by_digest = selector.find(':') != std::string_view::npos;
  const auto algorithm = by_digest ? oci::Digest::parse(selector).algorithm() : oci::Algorithm::sha256;
  const std::string media_type = oci::is_manifest(content_type) ? content_type : oci::sniff_media_type(text);
  oci::Descriptor descriptor{media_type, codec::digest_of(algorithm, as_bytes(text)), {text.size()}};
  if (by_digest && descriptor.digest.text() != selector) {
    throw Error(ErrorKind::corrupt, "got " + descriptor.digest.text() + ", want " + std::string(selector));
  }
  if (!oci::is_manifest(media_type)) {
    Error error(ErrorKind::bad_input, "not a manifest that can be mirrored: " + quoted(content_type));
    error.hint(
        "docker's schema 1 and media types of other makers are not supported: push the image anew with a current tool");
    throw error;
  }
  return descriptor;
}

std::string text_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.what();
  }
}

std::string too_long_a_wait(std::chrono::seconds asked) {
  return "the registry asks to come back in " + human(asked) + ", which is more than --retry-max-wait";
}

}  // namespace

std::vector<http::Challenge> challenges_of(const http::ResponseHead& head) {
  std::vector<http::Challenge> challenges;
  for (const std::string_view field : head.fields.all("WWW-Authenticate")) {
    for (http::Challenge& challenge : http::parse_challenges(field)) challenges.push_back(std::move(challenge));
  }
  return challenges;
}

Client::Client(async::Executor executor, const ClientSettings& settings, Authorizer& authorizer,
               report::Counters& counters)
    : executor_(executor),
      settings_(settings),
      authorizer_(authorizer),
      counters_(counters),
      dialer_(executor, settings.patience, settings.tls),
      pool_(settings.idle_connections) {}

async::awaitable<void> Client::back_off(plan::Retry& retry, std::exception_ptr failure, std::string what) const {
  report::Retrying event{std::move(what)};
  std::optional<plan::Retry::Again> again;
  try {
    std::rethrow_exception(failure);
  } catch (Error& error) {
    const auto* unavailable = dynamic_cast<const Unavailable*>(&error);
    const auto asked = unavailable == nullptr ? std::nullopt : unavailable->retry_after();
    again = retry.after(error.kind(), settings_.spread(), asked);
    event.why = error.what();
    if (!again) {
      if (asked > settings_.retry.longest_wait) error.hint(too_long_a_wait(*asked));
      error.tried(retry.failed());
      throw;
    }
  }
  event.delay = again->delay;
  event.attempt = retry.failed();
  settings_.on_retry(std::move(event));
  co_await async::sleep(again->delay);
}

async::awaitable<void> Client::go_on(Pursuit& pursuit, std::exception_ptr failure, std::string what) const {
  if (!pursuit.is_lost(failure, std::chrono::steady_clock::now())) {
    try {
      co_await back_off(pursuit.retry(), failure, std::move(what));
      co_return;
    } catch (const Error&) {
      failure = std::current_exception();
    }
  }
  const std::string endpoint = pursuit.where().target.origin.text();
  if (!pursuit.leave(failure, std::chrono::steady_clock::now())) co_return;
  settings_.on_outage(endpoint + " is down, other endpoints are asked for " + human(Outages::pause) + ": " +
                      text_of(failure));
}

async::awaitable<std::unique_ptr<net::Stream>> Client::dial(net::Target target) {
  try {
    co_return co_await dialer_.dial(target);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::transport) throw;
    throw NoConnection(error);
  }
}

async::awaitable<Response> Client::exchange(net::Target target, http::Request request) {
  request.fields.add("User-Agent", "ace-dt/" ACEDT_VERSION);
  const std::string what = what_of(target, request);
  for (;;) {
    std::unique_ptr<net::Connection> connection = pool_.take(target);
    const bool fresh = connection == nullptr;
    try {
      if (fresh) {
        std::unique_ptr<net::Stream> stream = co_await dial(target);
        connection = std::make_unique<net::Connection>(executor_, std::move(stream), target, settings_.patience,
                                                       settings_.receive_buffer, &paces_);
      }
      counters_.requests.fetch_add(1, std::memory_order_relaxed);
      http::ResponseHead head = co_await connection->exchange(request);
      co_return Response{std::move(connection), std::move(head), what};
    } catch (Error& error) {
      // A connection that was idle may have been closed by the other side just now: that is no failure.
      if (fresh || connection->answered()) {
        error.add(what);
        throw;
      }
    }
  }
}

async::awaitable<Response> Client::send(Repository repository, http::Request request) {
  net::Target target = repository.target;
  bool renewed = false;
  for (int redirects = 0;;) {
    const Authorization::Current authorization = repository.authorization->current();
    const bool at_home = target == repository.target;
    http::Request attempt = request;
    if (at_home && !authorization.value.empty()) attempt.fields.add("Authorization", authorization.value.reveal());
    co_await wait_for_gate(target);
    Response response = co_await exchange(target, std::move(attempt));
    const int status = response.head.status;
    if (at_home && status < 500 && status != 429) settings_.outages->over(target.origin.text());
    if (status == 429 || status == 503) asked_for_patience(repository, target, response.head);
    if (status == 401 && at_home && !renewed) {
      renewed = true;
      std::vector<http::Challenge> challenges = challenges_of(response.head);
      co_await read_all(std::move(response));
      co_await authorizer_.renew(repository, authorization.generation, std::move(challenges));
      continue;
    }
    const auto location = response.head.fields.get("Location");
    if (!is_redirect(status) || !location) co_return response;
    if (++redirects > most_redirects) throw Error(ErrorKind::bad_input, response.what + ": more than ten redirects");
    const http::Url next = http::Url{target.origin, request.target}.resolve(*location);
    co_await read_all(std::move(response));
    target.origin = next.origin;
    request.target = next.target;
  }
}

/// A host that has no time for one request has none for another.
async::awaitable<void> Client::wait_for_gate(net::Target target) const {
  const auto opens = settings_.gates->opens(target.origin.authority());
  const auto now = std::chrono::steady_clock::now();
  if (now < opens) co_await async::sleep(opens - now);
}

void Client::asked_for_patience(const Repository& repository, const net::Target& target,
                                const http::ResponseHead& head) const {
  settings_.on_busy(repository.target.origin.authority());
  const auto asked = retry_after(head);
  if (asked && *asked <= settings_.retry.longest_wait) {
    settings_.gates->close(target.origin.authority(), std::chrono::steady_clock::now() + *asked);
  }
}

async::awaitable<Response> Client::get(Repository repository, http::Request request) {
  Response response = co_await send(repository, std::move(request));
  const http::ResponseHead head = response.head;
  if (head.status == 200 || head.status == 206) co_return response;
  const std::string what = response.what;
  const std::string body = co_await read_all(std::move(response));
  try {
    throw_problem(head, body, repository.target.origin.authority());
  } catch (Error& error) {
    error.add(what);
    throw;
  }
}

async::awaitable<std::string> Client::read_all(Response response) {
  std::string text;
  for (;;) {
    const std::span<const std::byte> piece = co_await response.connection->read();
    if (piece.empty()) break;
    counters_.bytes_received.fetch_add(piece.size(), std::memory_order_relaxed);
    if (Bytes{text.size() + piece.size()} > most_in_memory) {
      throw Error(ErrorKind::bad_input, response.what + ": more than " + human(most_in_memory) + " of it");
    }
    text += as_text(piece);
  }
  done(std::move(response));
  co_return text;
}

void Client::done(Response response) {
  pool_.give(std::move(response.connection));
}

async::awaitable<void> Client::watch_paces() {
  for (;;) {
    co_await async::sleep(std::chrono::seconds(1));
    paces_.look();
  }
}

void Client::close() {
  pool_ = net::Pool(settings_.idle_connections);
}

async::awaitable<oci::Descriptor> Client::resolve(Repository repository, std::string selector) {
  const auto attempt = [&](const Repository& at) { return resolve_once(at, selector); };
  const std::string what = "manifest " + selector;
  co_return co_await persist<oci::Descriptor>(std::move(repository), what, attempt);
}

async::awaitable<oci::Descriptor> Client::resolve_once(Repository repository, std::string selector) {
  Response head = co_await send(repository, manifest_request(repository, "HEAD", selector, oci::manifest_accept));
  const int status = head.head.status;
  const auto described = status == 200 ? descriptor_of(head.head, selector) : std::nullopt;
  co_await read_all(std::move(head));
  if (described) co_return *described;
  // The answer said too little, or was an error, of which HEAD cannot tell more than its number: GET says the rest.
  Response response = co_await get(repository, manifest_request(repository, "GET", selector, oci::manifest_accept));
  const std::string what = response.what;
  const std::string content_type = media_type_of(response.head);
  const std::string text = co_await read_all(std::move(response));
  try {
    co_return describe(content_type, selector, text);
  } catch (Error& error) {
    error.add(what);
    throw;
  }
}

async::awaitable<std::string> Client::manifest(Repository repository, oci::Descriptor descriptor) {
  const auto attempt = [&](const Repository& at) { return manifest_once(at, descriptor); };
  const std::string what = "manifest " + descriptor.digest.text();
  co_return co_await persist<std::string>(std::move(repository), what, attempt);
}

async::awaitable<std::string> Client::manifest_once(Repository repository, oci::Descriptor descriptor) {
  const std::string digest = descriptor.digest.text();
  Response response = co_await get(repository, manifest_request(repository, "GET", digest, descriptor.media_type));
  const std::string what = response.what;
  std::string text = co_await read_all(std::move(response));
  try {
    verify(descriptor, text);
  } catch (Error& error) {
    error.add(what);
    throw;
  }
  co_return text;
}

async::awaitable<std::vector<oci::Descriptor>> Client::referrers(Repository repository, oci::Digest digest) {
  const auto attempt = [&](const Repository& at) { return referrers_once(at, digest); };
  const std::string what = "referrers of " + digest.text();
  co_return co_await persist<std::vector<oci::Descriptor>>(std::move(repository), what, attempt);
}

async::awaitable<std::vector<oci::Descriptor>> Client::referrers_once(Repository repository, oci::Digest digest) {
  const bool ask_api = repository.referrers != ReferrersSupport::tag && !*repository.without_referrers_api;
  if (ask_api) {
    auto found = co_await referrers_by_api(repository, digest);
    if (found) co_return std::move(*found);
    if (repository.referrers == ReferrersSupport::api) {
      Error error(ErrorKind::not_found, repository.target.origin.text() + " has no referrers API");
      error.hint("set supportsReferrers of this endpoint to auto or tag in the configuration file");
      throw error;
    }
    *repository.without_referrers_api = true;
  }
  co_return co_await referrers_by_tag(repository, digest);
}

async::awaitable<std::optional<std::vector<oci::Descriptor>>> Client::referrers_by_api(Repository repository,
                                                                                       oci::Digest digest) {
  std::vector<oci::Descriptor> all;
  http::Request request{"GET", repository.path("referrers", digest.text())};
  for (int page = 0; page < most_pages; ++page) {
    Response response = co_await send(repository, request);
    const http::ResponseHead head = response.head;
    const std::string what = response.what;
    const std::string body = co_await read_all(std::move(response));
    const bool no_api = head.status == 404 || (head.status == 200 && media_type_of(head) != oci::media_type::oci_index);
    if (no_api) co_return std::nullopt;
    try {
      if (head.status != 200) throw_problem(head, body, repository.target.origin.authority());
      for (oci::Descriptor& one : oci::parse_referrers(body)) all.push_back(std::move(one));
    } catch (Error& error) {
      error.add(what);
      throw;
    }
    const auto link = http::next_link(head.fields.get("Link").value_or(""));
    if (!link) co_return all;
    request.target = http::Url{repository.target.origin, request.target}.resolve(*link).target;
  }
  throw Error(ErrorKind::bad_input,
              "referrers of " + digest.text() + " on more than " + std::to_string(most_pages) + " pages");
}

async::awaitable<std::vector<oci::Descriptor>> Client::referrers_by_tag(Repository repository, oci::Digest digest) {
  const std::string tag = std::string(oci::name(digest.algorithm())) + "-" + digest.hex();
  std::string text;
  try {
    Response response = co_await get(repository, manifest_request(repository, "GET", tag, oci::manifest_accept));
    text = co_await read_all(std::move(response));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
  }
  std::vector<oci::Descriptor> found;
  if (!text.empty()) found = oci::parse_referrers(text);
  co_return found;
}

}  // namespace acedt::registry
