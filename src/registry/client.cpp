#include "acedt/registry/client.hpp"

#include <algorithm>
#include <utility>

#include "acedt/async/timeout.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/problem.hpp"
#include "registry/answers.hpp"

namespace acedt::registry {
namespace {

constexpr int max_refusals = 2;

/// In a repository that we may read. Some registries say 403 so as not to tell what there is.
bool is_absent(int status) {
  return status == 403 || status == 404;
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

/// Docker-Content-Digest, where it is one.
std::optional<oci::Digest> content_digest(const http::ResponseHead& head) {
  const auto field = head.fields.get("Docker-Content-Digest");
  if (!field) return std::nullopt;
  try {
    return oci::Digest::parse(*field);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// What the answer to HEAD says, where it says all that is needed.
std::optional<oci::Descriptor> descriptor_of(const http::ResponseHead& head, std::string_view selector) {
  const std::string media_type = media_type_of(head);
  const std::uint64_t size = head.content_length().value_or(0);
  const bool by_digest = selector.find(':') != std::string_view::npos;
  const auto digest = by_digest ? oci::Digest::parse(selector) : content_digest(head);
  const bool encoded = head.fields.get("Content-Encoding").has_value();  // then the length is that of the encoding
  if (!oci::is_manifest(media_type) || size == 0 || !digest || encoded) return std::nullopt;
  return oci::Descriptor{media_type, *digest, {size}};
}

/// The media type that the answer gives, else the one that the manifest itself does; empty where it is none.
std::string manifest_type(const http::ResponseHead& head, std::string_view text) {
  const std::string given = media_type_of(head);
  const std::string type = oci::is_manifest(given) ? given : oci::sniff_media_type(text);
  return oci::is_manifest(type) ? type : "";
}

Error not_a_manifest(const http::ResponseHead& head) {
  const std::string given = media_type_of(head);
  Error error(ErrorKind::bad_input, "not a manifest that can be mirrored: " + in_quotes(given));
  explain_page(error, head);
  error.hint(
      "docker's schema 1 and media types of other makers are not supported: push the image anew with a current tool");
  return error;
}

/// The same from the content itself.
oci::Descriptor describe(const http::ResponseHead& head, std::string_view selector, std::string_view text) {
  const std::string media_type = manifest_type(head, text);
  if (media_type.empty()) throw not_a_manifest(head);
  const bool by_digest = selector.find(':') != std::string_view::npos;
  const auto said = by_digest ? oci::Digest::parse(selector) : content_digest(head);
  const auto algorithm = said ? said->algorithm() : oci::Algorithm::sha256;
  oci::Descriptor descriptor{media_type, codec::digest_of(algorithm, as_bytes(text)), {text.size()}};
  if (said && descriptor.digest != *said) {
    throw Error(ErrorKind::corrupt, "got " + descriptor.digest.text() + ", want " + said->text());
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
      buffers_(std::make_shared<Buffers>(settings.receive_buffer)),
      dialer_(executor, settings.timeouts, settings.tls, settings.proxies),
      pool_(settings.idle_connections) {}

async::awaitable<void> Client::back_off(plan::Retry& retry, std::exception_ptr failure, std::string what) const {
  report::Retrying event{std::move(what)};
  std::optional<plan::Retry::Again> again;
  try {
    std::rethrow_exception(failure);
  } catch (Error& error) {
    const auto* unavailable = dynamic_cast<const Unavailable*>(&error);
    const auto asked = unavailable == nullptr ? std::nullopt : unavailable->retry_after();
    again = retry.after(error.kind(), settings_.jitter(), asked);
    event.why = error.what();
    if (!again) {
      if (asked > settings_.retry.max_wait) error.hint(too_long_a_wait(*asked));
      error.tried(retry.failed());
      throw;
    }
  }
  event.delay = again->delay;
  event.attempt = retry.failed();
  settings_.on_retry(std::move(event));
  co_await async::sleep(again->delay);
}

async::awaitable<void> Client::go_on(Failover& failover, std::exception_ptr failure, std::string what) const {
  if (!failover.is_lost(failure, std::chrono::steady_clock::now())) {
    try {
      co_await back_off(failover.retry(), failure, std::move(what));
      co_return;
    } catch (const Error&) {
      failure = std::current_exception();
    }
  }
  const std::string endpoint = failover.where().target.origin.text();
  if (!failover.leave(failure, std::chrono::steady_clock::now())) co_return;
  warn(endpoint + " is down, other endpoints are asked for " + human(HostHealth::pause) + ": " + text_of(failure));
}

async::awaitable<std::unique_ptr<net::Stream>> Client::dial(net::Target target) {
  try {
    co_return co_await dialer_.dial(target);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::transport) throw;
    throw NoConnection(error);
  }
}

async::awaitable<std::unique_ptr<net::Connection>> Client::connect(net::Target target) {
  std::unique_ptr<net::Stream> stream = co_await dial(target);
  co_return std::make_unique<net::Connection>(executor_, std::move(stream), target, settings_.timeouts, buffers_,
                                              &stragglers_, settings_.bytes);
}

/// Zero where requests are not limited.
std::chrono::nanoseconds Client::until_turn() const {
  if (!settings_.requests) return {};
  return settings_.requests->take(1, std::chrono::steady_clock::now());
}

async::awaitable<Response> Client::exchange(const net::Target& target, http::Request request) {
  request.fields.add("User-Agent", "ace-dt/" ACEDT_VERSION);
  request.fields.add("Accept-Encoding", "identity");  // digests and ranges are of the content itself
  Response response{.connection = nullptr, .method = request.method, .url = {target.origin, request.target}};
  request = dialer_.on_its_way(target, std::move(request));
  if (const auto wait = until_turn(); wait.count() > 0) co_await async::sleep(wait);
  for (;;) {
    response.connection = pool_.take(target);
    const bool fresh = response.connection == nullptr;
    try {
      if (fresh) response.connection = co_await connect(target);
      counters_.requests.fetch_add(1, std::memory_order_relaxed);
      response.head = co_await response.connection->exchange(request);
      dialer_.check_proxy(target, response.head.status);
      co_return response;
    } catch (Error& error) {
      // A connection that was idle may have been closed by the other side just now: that is no failure.
      if (fresh || response.connection->answered()) {
        error.add(response.what());
        throw;
      }
    }
  }
}

async::awaitable<Response> Client::send(const Repository& repository, http::Request request) {
  net::Target target = repository.target;
  int refusals = 0;
  Secret own;  // an authorization for this request alone
  for (std::size_t redirects = 0;;) {
    const bool at_home = target == repository.target;
    Authorization::Current shared = repository.authorization->current();
    if (at_home && now() >= shared.renew_at) {
      co_await authorizer_.renew(repository, shared.generation, std::nullopt);
      shared = repository.authorization->current();
    }
    const Secret& authorization = own.empty() ? shared.value : own;
    http::Request attempt = request;
    if (at_home && !authorization.empty()) attempt.fields.add("Authorization", authorization.reveal());
    if (const auto wait = until_welcome(target); wait.count() > 0) co_await async::sleep(wait);
    Response response = co_await exchange(target, std::move(attempt));
    const int status = response.head.status;
    if (at_home) note_quota(target, response.head);
    if (at_home && status < 500 && status != 429) settings_.host_health->over(target.origin);
    if (status == 429 || status == 503) asked_for_patience(repository, target, response.head);
    if (status == 401 && at_home && refusals < max_refusals) {
      ++refusals;
      own = co_await authorize_again(repository, shared.generation, std::move(response), refusals);
      continue;
    }
    if (status == 403 && at_home && refusals == 0 && authorization.reveal().starts_with("Basic ")) {
      ++refusals;
      Refusal refused{status};
      const bool renewed = co_await authorizer_.renew(repository, shared.generation, std::move(refused));
      if (renewed) co_await read_up_to(response, max_answer_size);
      if (renewed) continue;
    }
    const auto next = redirected(response, redirects);
    if (!next) co_return response;
    co_await read_up_to(response, max_answer_size);
    target.origin = next->origin;
    request.target = next->target;
  }
}

/// What all share is renewed first. Where that is refused, too, others may have used it up meanwhile: a token that
/// nobody else has tells whether this request is wanted at all, so nothing goes on for ever.
async::awaitable<Secret> Client::authorize_again(const Repository& repository, unsigned generation, Response refusal,
                                                 int refusals) {
  std::vector<http::Challenge> challenges = challenges_of(refusal.head);
  const auto body = co_await read_up_to(refusal, max_answer_size);
  Secret own;
  bool renewed = false;
  if (refusals == 1) {
    Refusal refused{401, std::move(challenges)};
    renewed = co_await authorizer_.renew(repository, generation, std::move(refused));
  } else {
    own = co_await authorizer_.alone(repository, std::move(challenges));
    renewed = !own.empty();
  }
  if (renewed) co_return own;
  try {
    throw_problem(refusal.head, body.value_or(""), repository.target.origin.authority());
  } catch (Error& error) {
    error.add(refusal.what());
    throw;
  }
}

/// A host that has no time for one request has none for another.
std::chrono::nanoseconds Client::until_welcome(const net::Target& target) const {
  const auto now = std::chrono::steady_clock::now();
  return std::max(settings_.retry_after->opens(target.origin), now) - now;
}

void Client::asked_for_patience(const Repository& repository, const net::Target& target,
                                const http::ResponseHead& head) const {
  settings_.on_busy(repository.target.origin.authority());
  const auto asked = retry_after(head);
  if (asked && *asked <= settings_.retry.max_wait) {
    settings_.retry_after->close(target.origin, std::chrono::steady_clock::now() + *asked);
  }
}

void Client::note_quota(const net::Target& target, const http::ResponseHead& head) const {
  const auto field = head.fields.get("RateLimit-Remaining");
  if (!field || !settings_.on_quota) return;
  const auto quota = http::parse_quota(*field);
  if (quota) settings_.on_quota(target.registry, *quota);
}

async::awaitable<Response> Client::get(const Repository& repository, http::Request request) {
  Response response = co_await send(repository, std::move(request));
  if (response.head.status == 200 || response.head.status == 206) co_return response;
  const bool at_home = response.connection->target() == repository.target;
  const auto body = co_await read_up_to(response, max_answer_size);
  const std::string_view text = body ? std::string_view(*body) : "";
  try {
    if (!at_home) throw_if_link_expired(response.head, text);
    throw_problem(response.head, text, repository.target.origin.authority());
  } catch (Error& error) {
    error.add(response.what());
    throw;
  }
}

async::awaitable<std::optional<std::string>> Client::read_up_to(Response& response, Bytes limit) {
  std::string text;
  response.connection->bound_body();
  for (;;) {
    const std::span<const std::byte> piece = co_await response.connection->read();
    if (piece.empty()) break;
    counters_.bytes_received.fetch_add(piece.size(), std::memory_order_relaxed);
    if (Bytes{text.size() + piece.size()} > limit) co_return std::nullopt;
    text += as_text(piece);
  }
  done(response);
  try {
    co_return without_encoding(response.head, std::move(text));
  } catch (Error& error) {
    error.add(response.what());
    throw;
  }
}

async::awaitable<std::string> Client::read_all(Response& response, Bytes limit) {
  auto text = co_await read_up_to(response, limit);
  if (!text)
    throw Error(ErrorKind::bad_input, response.what() + ": more than " + std::to_string(limit.count >> 20) + " MiB");
  co_return std::move(*text);
}

async::awaitable<std::string> Client::read_all(Response& response) {
  return read_all(response, max_manifest_size);
}

void Client::done(Response& response) {
  pool_.give(std::move(response.connection));
}

async::awaitable<void> Client::watch_for_stragglers() {
  for (;;) {
    co_await async::sleep(std::chrono::seconds(1));
    stragglers_.look();
  }
}

void Client::close() {
  pool_ = net::Pool(settings_.idle_connections);
}

async::awaitable<oci::Descriptor> Client::resolve(const Repository& repository, std::string selector) {
  const auto attempt = [&](const Repository& at) { return resolve_once(at, selector); };
  const std::string what = "manifest " + selector;
  co_return co_await persist<oci::Descriptor>(repository, what, attempt);
}

async::awaitable<oci::Descriptor> Client::resolve_once(const Repository& repository, std::string selector) {
  const HeadSays said = co_await ask_head(repository, selector);
  if (said.descriptor) co_return *said.descriptor;
  // The answer said too little, or was an error, of which HEAD cannot tell more than its number: GET says the rest.
  Response response = co_await get(repository, manifest_request(repository, "GET", selector, oci::manifest_accept));
  const std::string text = co_await read_all(response);
  try {
    co_return describe(response.head, selector, text);
  } catch (Error& error) {
    error.add(response.what());
    throw;
  }
}

async::awaitable<Client::HeadSays> Client::ask_head(const Repository& repository, std::string selector) {
  HeadSays said;
  try {
    Response response = co_await send(repository, manifest_request(repository, "HEAD", selector, oci::manifest_accept));
    said.status = response.head.status;
    if (said.status == 200) said.descriptor = descriptor_of(response.head, selector);
    co_await read_all(response);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unauthorized) throw;
    said.status = 401;  // to HEAD alone, it may be
  }
  co_return said;
}

async::awaitable<std::optional<oci::Descriptor>> Client::find(const Repository& repository, std::string tag) {
  const auto attempt = [&](const Repository& at) { return find_once(at, tag); };
  const std::string what = "manifest " + tag;
  co_return co_await persist<std::optional<oci::Descriptor>>(repository, what, attempt);
}

async::awaitable<std::optional<oci::Descriptor>> Client::find_once(const Repository& repository, std::string tag) {
  const HeadSays said = co_await ask_head(repository, tag);
  if (said.descriptor || said.status == 404) co_return said.descriptor;
  const auto document = co_await get_if_there(repository, tag);
  if (!document) co_return std::nullopt;
  if (manifest_type(document->head, document->text).empty()) {
    warn(repository.target.origin.text() + repository.path("manifests", tag) + ": is no manifest, and left out");
    co_return std::nullopt;
  }
  try {
    co_return describe(document->head, tag, document->text);
  } catch (Error& error) {
    error.add("manifest " + tag);
    throw;
  }
}

async::awaitable<std::optional<Document>> Client::get_if_there(const Repository& repository, std::string tag) {
  Response response = co_await send(repository, manifest_request(repository, "GET", tag, oci::manifest_accept));
  const bool at_home = response.connection->target() == repository.target;
  Document document;
  document.text = co_await read_all(response);
  document.head = std::move(response.head);
  if (document.head.status == 200) co_return document;
  try {
    if (!at_home) throw_if_link_expired(document.head, document.text);
    if (is_absent(document.head.status)) co_return std::nullopt;
    throw_problem(document.head, document.text, repository.target.origin.authority());
  } catch (Error& error) {
    error.add(response.what());
    throw;
  }
}

async::awaitable<std::string> Client::manifest(const Repository& repository, const oci::Descriptor& descriptor) {
  const auto attempt = [&](const Repository& at) { return manifest_once(at, descriptor); };
  const std::string what = "manifest " + descriptor.digest.text();
  co_return co_await persist<std::string>(repository, what, attempt);
}

async::awaitable<std::string> Client::manifest_once(const Repository& repository, const oci::Descriptor& descriptor) {
  const std::string digest = descriptor.digest.text();
  Response response = co_await get(repository, manifest_request(repository, "GET", digest, descriptor.media_type));
  const Bytes limit = response.head.fields.get("Content-Encoding") ? max_manifest_size : descriptor.size;
  auto text = co_await read_up_to(response, limit);
  try {
    if (!text)
      throw Error(ErrorKind::corrupt, "more than the " + std::to_string(descriptor.size.count) + " bytes wanted");
    verify(descriptor, *text);
  } catch (Error& error) {
    explain_page(error, response.head);
    error.add(response.what());
    throw;
  }
  co_return std::move(*text);
}

}  // namespace acedt::registry
