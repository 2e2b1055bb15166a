#include "acedt/registry/pull.hpp"

#include <string_view>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/problem.hpp"

namespace acedt::registry {
namespace {

/// In a repository that the account may read: some registries answer 403 so as not to tell what exists.
bool is_absent(int status) {
  return status == 403 || status == 404;
}

http::Request manifest_request(const Repository& repository, std::string_view method, std::string_view selector,
                               std::string_view accept) {
  http::Request request{std::string(method), repository.path("manifests", selector)};
  request.fields.add("Accept", std::string(accept));
  return request;
}

/// Throws Error(corrupt) unless `text` has the size and the digest of `descriptor`.
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

/// Docker-Content-Digest, if it is a digest.
std::optional<oci::Digest> content_digest(const http::ResponseHead& head) {
  const auto field = head.fields.get("Docker-Content-Digest");
  if (!field) return std::nullopt;
  try {
    return oci::Digest::parse(*field);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// The descriptor that the response to HEAD gives; unset if it lacks type, size or digest.
std::optional<oci::Descriptor> descriptor_of(const http::ResponseHead& head, std::string_view selector) {
  const std::string media_type = media_type_of(head);
  const std::uint64_t size = head.content_length().value_or(0);
  const bool by_digest = selector.find(':') != std::string_view::npos;
  const auto digest = by_digest ? oci::Digest::parse(selector) : content_digest(head);
  const bool encoded = head.fields.get("Content-Encoding").has_value();  // then the length is that of the encoding
  if (!oci::is_manifest(media_type) || size == 0 || !digest || encoded) return std::nullopt;
  return oci::Descriptor{media_type, *digest, {size}};
}

/// The media type of the response, else the one in the manifest itself; empty if neither is a manifest type.
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

/// The descriptor of a manifest that was read. Throws Error(bad_input) and Error(corrupt).
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

struct HeadAnswer {
  int status = 0;
  std::optional<oci::Descriptor> descriptor = {};  // set if the head says all of it
};

async::awaitable<HeadAnswer> ask_head(Transport& transport, const Repository& repository, std::string selector) {
  HeadAnswer said;
  try {
    Response response =
        co_await transport.send(repository, manifest_request(repository, "HEAD", selector, oci::manifest_accept));
    said.status = response.head.status;
    if (said.status == 200) said.descriptor = descriptor_of(response.head, selector);
    co_await transport.read_all(response);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unauthorized) throw;
    said.status = 401;  // GET may be allowed all the same
  }
  co_return said;
}

async::awaitable<oci::Descriptor> resolve_once(Transport& transport, const Repository& repository,
                                               std::string selector) {
  const HeadAnswer said = co_await ask_head(transport, repository, selector);
  if (said.descriptor) co_return *said.descriptor;
  // The head lacks something, or HEAD failed: the response to GET has a body, which says the rest, or why.
  Response response =
      co_await transport.get(repository, manifest_request(repository, "GET", selector, oci::manifest_accept));
  const std::string text = co_await transport.read_all(response);
  try {
    co_return describe(response.head, selector, text);
  } catch (Error& error) {
    error.add(response.what());
    throw;
  }
}

async::awaitable<std::optional<oci::Descriptor>> find_once(Transport& transport, const Repository& repository,
                                                           std::string tag) {
  const HeadAnswer said = co_await ask_head(transport, repository, tag);
  if (said.descriptor || said.status == 404) co_return said.descriptor;
  const auto document = co_await get_tagged(transport, repository, tag);
  if (!document) co_return std::nullopt;
  if (manifest_type(document->head, document->text).empty()) {
    transport.warn(repository.target.origin.text() + repository.path("manifests", tag) +
                   ": is no manifest, and left out");
    co_return std::nullopt;
  }
  try {
    co_return describe(document->head, tag, document->text);
  } catch (Error& error) {
    error.add("manifest " + tag);
    throw;
  }
}

async::awaitable<std::string> fetch_once(Transport& transport, const Repository& repository,
                                         const oci::Descriptor& descriptor) {
  const std::string digest = descriptor.digest.text();
  Response response =
      co_await transport.get(repository, manifest_request(repository, "GET", digest, descriptor.media_type));
  const Bytes limit = response.head.fields.get("Content-Encoding") ? max_manifest_size : descriptor.size;
  auto text = co_await transport.read_up_to(response, limit);
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

}  // namespace

async::awaitable<oci::Descriptor> resolve(Transport& transport, const Repository& repository, std::string selector) {
  const auto attempt = [&](const Repository& at) { return resolve_once(transport, at, selector); };
  const std::string what = "manifest " + selector;
  co_return co_await transport.persist<oci::Descriptor>(repository, what, attempt);
}

async::awaitable<std::string> fetch_manifest(Transport& transport, const Repository& repository,
                                             const oci::Descriptor& descriptor) {
  const auto attempt = [&](const Repository& at) { return fetch_once(transport, at, descriptor); };
  const std::string what = "manifest " + descriptor.digest.text();
  co_return co_await transport.persist<std::string>(repository, what, attempt);
}

async::awaitable<std::optional<oci::Descriptor>> find_manifest(Transport& transport, const Repository& repository,
                                                               std::string tag) {
  const auto attempt = [&](const Repository& at) { return find_once(transport, at, tag); };
  const std::string what = "manifest " + tag;
  co_return co_await transport.persist<std::optional<oci::Descriptor>>(repository, what, attempt);
}

async::awaitable<std::optional<Document>> get_tagged(Transport& transport, const Repository& repository,
                                                     std::string tag) {
  Response response =
      co_await transport.send(repository, manifest_request(repository, "GET", tag, oci::manifest_accept));
  const bool at_home = response.connection->target() == repository.target;
  Document document;
  document.text = co_await transport.read_all(response);
  document.head = std::move(response.head);
  if (document.head.status == 200) co_return document;
  try {
    if (!at_home) throw_if_link_expired(document.head, document.text);
    if (is_absent(document.head.status)) co_return std::nullopt;
    throw_problem(document.head, document.text, repository.target.origin.authority(),
                  repository.path("manifests", tag));
  } catch (Error& error) {
    error.add(response.what());
    throw;
  }
}

}  // namespace acedt::registry
