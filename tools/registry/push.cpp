#include "tools/registry/push.hpp"

#include <optional>
#include <utility>

#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "tools/registry/manifest_facts.hpp"

namespace acedt::testing {
namespace {

Response bare(int status) {
  return {.status = status};
}
Response unknown_upload() {
  return error_response(404, "BLOB_UPLOAD_UNKNOWN", "no such upload");
}
Response invalid_digest(std::string_view text) {
  return error_response(400, "DIGEST_INVALID", "invalid digest: " + std::string(text));
}

/// 201 for what is there now, under /v2/REPOSITORY/`what`/.
Response created(const Route& route, std::string_view what, const oci::Digest& digest) {
  Response response = bare(201);
  response.fields.add("Location", "/v2/" + route.repository + '/' + std::string(what) + '/' + digest.text());
  response.fields.add("Docker-Content-Digest", digest.text());
  return response;
}

Response upload_state(int status, const Route& route, const std::string& id, std::size_t size) {
  Response response = bare(status);
  response.fields.add("Location", "/v2/" + route.repository + "/blobs/uploads/" + id);
  response.fields.add("Range", "0-" + std::to_string(size == 0 ? 0 : size - 1));
  response.fields.add("Docker-Upload-UUID", id);
  return response;
}

Response store_blob(Service& service, const Route& route, const std::string& wanted, std::string bytes) {
  const auto digest = to_digest(wanted);
  if (!digest) return invalid_digest(wanted);
  Content content = Content::of(std::move(bytes));
  const auto got = codec::digest_of(digest->algorithm(), content.bytes());
  if (got != *digest) return error_response(400, "DIGEST_INVALID", "got " + got.text() + ", want " + wanted);
  service.store.put_blob(route.repository, *digest, std::move(content));
  return created(route, "blobs", *digest);
}

/// Where the piece belongs: Content-Range is `FIRST-LAST` here, without the unit (distribution-spec).
std::optional<std::uint64_t> offset_of(const Request& request) {
  const auto field = request.fields.get("Content-Range");
  if (!field) return std::nullopt;
  return to_number(field->substr(0, field->find('-')));
}

/// The upload's size with the body of the request behind it, or what to answer.
std::optional<Response> append(Service& service, Request& request, const Route& route, std::size_t& size) {
  const auto before = service.uploads.size(route.repository, route.reference);
  if (!before) return unknown_upload();
  const UploadKind kind = service.options.uploads;
  auto offset = kind == UploadKind::distribution2 ? std::nullopt : offset_of(request);
  if (kind == UploadKind::crane && !offset && !request.body.empty()) offset = 0;
  const auto after = service.uploads.append(route.repository, route.reference, std::move(request.body), offset);
  if (!after) return upload_state(416, route, route.reference, *before);
  size = *after;
  return std::nullopt;
}

}  // namespace

Response begin_upload(Service& service, Request& request, const Route& route) {
  if (const auto wanted = request.query.get("digest"))
    return store_blob(service, route, *wanted, std::move(request.body));
  if (const auto wanted = request.query.get("mount")) {
    const auto digest = to_digest(*wanted);
    if (!digest) return invalid_digest(*wanted);
    const std::string from = request.query.get("from").value_or("");
    if (service.options.mount && service.store.mount_blob(from, route.repository, *digest))
      return created(route, "blobs", *digest);
  }
  return upload_state(202, route, service.uploads.begin(route.repository), 0);
}

Response continue_upload(Service& service, Request& request, const Route& route) {
  std::size_t size = 0;
  if (auto refusal = append(service, request, route, size)) return *std::move(refusal);
  return upload_state(202, route, route.reference, size);
}

Response finish_upload(Service& service, Request& request, const Route& route) {
  const auto wanted = request.query.get("digest");
  if (!wanted) return invalid_digest("none given");
  std::size_t size = 0;
  if (auto refusal = append(service, request, route, size)) return *std::move(refusal);
  auto bytes = service.uploads.finish(route.repository, route.reference);
  return bytes ? store_blob(service, route, *wanted, *std::move(bytes)) : unknown_upload();
}

void break_upload(Service& service, Request& request) {
  const Route route = Route::parse(request.path);
  if (route.kind != Route::Kind::upload || service.auth.refuse(request, route)) return;
  const UploadKind kind = service.options.uploads;
  std::size_t size = 0;
  if (kind == UploadKind::distribution3 || kind == UploadKind::crane) {
    append(service, request, route, size);
  } else {
    service.uploads.finish(route.repository, route.reference);
  }
}

Response get_upload(Service& service, const Route& route) {
  if (service.options.uploads == UploadKind::crane) return error_response(400, "NAME_INVALID", "invalid name");
  const auto size = service.uploads.size(route.repository, route.reference);
  return size ? upload_state(204, route, route.reference, *size) : unknown_upload();
}

Response cancel_upload(Service& service, const Route& route) {
  return service.uploads.finish(route.repository, route.reference) ? bare(204) : unknown_upload();
}

namespace {

/// Returns a 412 if the entity tag of the stored manifest does not meet the condition of the request (RFC 9110 section
/// 13.1).
std::optional<Response> unmet_condition(const Service& service, const Request& request, const Route& route) {
  const auto there = service.store.manifest(route.repository, route.reference);
  const auto wanted = request.fields.get("If-Match");
  const bool is_other = wanted && (!there || *wanted != '"' + there->digest.text() + '"');
  if (!is_other && !(there && request.fields.get("If-None-Match") == "*")) return std::nullopt;
  return error_response(412, "PRECONDITION_FAILED", "the manifest is another one");
}

}  // namespace

Response put_manifest(Service& service, const Request& request, const Route& route) {
  constexpr std::size_t most = 4 << 20;  // what registries should take at least (distribution-spec)
  if (request.body.size() > most) return error_response(413, "SIZE_INVALID", "the manifest is over 4 MiB");
  const ManifestFacts facts = facts_of(request.body);
  if (!facts.is_object) return error_response(400, "MANIFEST_INVALID", "the manifest is no JSON object");

  const auto digest = to_digest(route.reference);
  const auto algorithm = digest ? digest->algorithm() : oci::Algorithm::sha256;
  if (digest && codec::digest_of(algorithm, as_bytes(request.body)) != *digest) return invalid_digest(route.reference);
  if (!digest && !is_tag(route.reference)) return error_response(400, "TAG_INVALID", "invalid tag: " + route.reference);

  if (auto refusal = unmet_condition(service, request, route)) return *std::move(refusal);
  const std::string_view type = request.fields.get("Content-Type").value_or("");
  const auto stored = service.store.put_manifest(route.repository, digest ? "" : route.reference, type,
                                                 Content::of(request.body), algorithm);
  Response response = created(route, "manifests", stored);
  if (facts.subject && service.options.referrers) response.fields.add("OCI-Subject", facts.subject->text());
  return response;
}

Response delete_manifest(Service& service, const Route& route) {
  if (service.store.remove_manifest(route.repository, route.reference)) return bare(202);
  return error_response(404, "MANIFEST_UNKNOWN", "manifest unknown: " + route.reference);
}

Response delete_blob(Service& service, const Route& route) {
  const auto digest = to_digest(route.reference);
  if (!digest) return invalid_digest(route.reference);
  if (service.store.remove_blob(route.repository, *digest)) return bare(202);
  return error_response(404, "BLOB_UNKNOWN", "blob unknown: " + route.reference);
}

}  // namespace acedt::testing
