#include "tools/registry/pull.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "acedt/base/text.hpp"
#include "acedt/http/url.hpp"
#include "tools/registry/byte_range.hpp"
#include "tools/registry/manifest_facts.hpp"

namespace acedt::testing {
namespace {

constexpr std::string_view index_type = "application/vnd.oci.image.index.v1+json";

Response stored(const Service& service, const oci::Digest& digest, std::string_view type, Content content) {
  Response response{.status = 200, .body = std::move(content)};
  response.fields.add("Content-Type", std::string(type));
  response.fields.add("ETag", '"' + digest.text() + '"');
  if (service.options.digest_header) response.fields.add("Docker-Content-Digest", digest.text());
  return response;
}

/// Narrows `whole` to what the request asks for.
Response ranged(const Request& request, Response whole) {
  whole.fields.add("Accept-Ranges", "bytes");
  const auto field = request.fields.get("Range");
  const auto condition = request.fields.get("If-Range");
  if (request.method != "GET" || !field || (condition && condition != whole.fields.get("ETag"))) return whole;
  const std::uint64_t size = whole.body.size();
  const auto range = parse_range(*field, size);
  if (!range) return whole;
  if (range->count == 0) {
    Response none = error_response(416, "RANGE_INVALID", "the blob has no such bytes");
    none.fields.add("Content-Range", "bytes */" + std::to_string(size));
    return none;
  }
  whole.status = 206;
  whole.body = whole.body.slice(range->first, range->count);
  whole.fields.add("Content-Range", "bytes " + std::to_string(range->first) + '-' +
                                        std::to_string(range->first + range->count - 1) + '/' + std::to_string(size));
  return whole;
}

std::string descriptor(const StoredManifest& manifest) {
  std::string json = "{\"mediaType\":\"" + json_escaped(manifest.media_type) + "\",\"digest\":\"" +
                     manifest.digest.text() + "\",\"size\":" + std::to_string(manifest.content.size());
  if (!manifest.artifact_type.empty()) json += ",\"artifactType\":\"" + json_escaped(manifest.artifact_type) + '"';
  if (!manifest.annotations.empty()) json += ",\"annotations\":" + manifest.annotations;
  return json + '}';
}

/// The number in `query`, or `otherwise`.
std::uint64_t number_in(const Parameters& query, std::string_view name, std::uint64_t otherwise) {
  const auto text = query.get(name);
  return text ? to_number(*text).value_or(otherwise) : otherwise;
}

void add_next_link(Response& response, const std::string& target) {
  response.fields.add("Link", '<' + target + ">; rel=\"next\"");
}

}  // namespace

Response get_manifest(Service& service, const Route& route) {
  auto found = service.store.manifest(route.repository, route.reference);
  const auto digest = to_digest(route.reference);
  if (!found && digest && service.options.blobs_as_manifests) {
    const auto blob = service.store.blob(route.repository, *digest);
    if (blob) return stored(service, *digest, facts_of(blob->text()).media_type, *blob);
  }
  if (!found) return error_response(404, "MANIFEST_UNKNOWN", "manifest unknown: " + route.reference);
  return stored(service, found->digest, found->media_type, std::move(found->content));
}

std::string storage_location(const Service& service, const Route& route) {
  return service.storage_url + "/storage/" + route.repository + "/blobs/" + route.reference +
         "?signature=" + std::string(storage_signature);
}

Response get_blob(Service& service, const Request& request, const Route& route) {
  if (!service.options.redirect_blobs || request.method != "GET") return get_stored_blob(service, request, route);
  const auto digest = to_digest(route.reference);
  if (!digest || !service.store.blob(route.repository, *digest)) return get_stored_blob(service, request, route);
  Response response = text_response(307, "");
  response.fields.add("Location", storage_location(service, route));
  return response;
}

Response get_stored_blob(Service& service, const Request& request, const Route& route) {
  const auto digest = to_digest(route.reference);
  if (!digest) return error_response(400, "DIGEST_INVALID", "invalid digest: " + route.reference);
  auto content = service.store.blob(route.repository, *digest);
  if (!content) return error_response(404, "BLOB_UNKNOWN", "blob unknown: " + route.reference);
  return ranged(request, stored(service, *digest, "application/octet-stream", *std::move(content)));
}

Response list_tags(Service& service, const Request& request, const Route& route) {
  const auto tags = service.store.tags(route.repository);
  if (!tags) return error_response(404, "NAME_UNKNOWN", "repository unknown: " + route.repository);
  const std::string last = request.query.get("last").value_or("");
  const auto begin = std::upper_bound(tags->begin(), tags->end(), last);
  const auto left = static_cast<std::uint64_t>(tags->end() - begin);
  const std::uint64_t count = std::min(number_in(request.query, "n", left), left);

  std::string json = "{\"name\":\"" + route.repository + "\",\"tags\":[";
  const auto end = begin + static_cast<std::ptrdiff_t>(count);
  for (auto tag = begin; tag != end; ++tag) json += (tag == begin ? "\"" : ",\"") + json_escaped(*tag) + '"';
  Response response = json_response(200, json + "]}\n");
  if (count > 0 && count < left)
    add_next_link(response, "/v2/" + route.repository + "/tags/list?n=" + std::to_string(count) +
                                "&last=" + http::percent_encoded(*std::prev(end)));
  return response;
}

Response list_referrers(Service& service, const Request& request, const Route& route) {
  if (!service.options.referrers) return error_response(404, "UNSUPPORTED", "there is no referrers API here");
  const auto digest = to_digest(route.reference);
  if (!digest) return error_response(400, "DIGEST_INVALID", "invalid digest: " + route.reference);

  const auto referrers = service.store.referrers(route.repository, *digest);
  const std::size_t page = service.options.referrers_page;
  const std::size_t begin = std::min<std::uint64_t>(number_in(request.query, "from", 0), referrers.size());
  const std::size_t end = page == 0 ? referrers.size() : std::min(begin + page, referrers.size());
  std::string json = "{\"schemaVersion\":2,\"mediaType\":\"" + std::string(index_type) + "\",\"manifests\":[";
  for (std::size_t i = begin; i < end; ++i) json += (i == begin ? "" : ",") + descriptor(referrers[i]);

  Response response{.status = 200, .body = Content::of(json + "]}\n")};
  response.fields.add("Content-Type", std::string(index_type));
  if (end < referrers.size())
    add_next_link(response,
                  "/v2/" + route.repository + "/referrers/" + route.reference + "?from=" + std::to_string(end));
  return response;
}

}  // namespace acedt::testing
