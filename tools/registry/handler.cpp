#include "tools/registry/handler.hpp"

#include "tools/registry/pull.hpp"
#include "tools/registry/push.hpp"
#include "tools/registry/route.hpp"

namespace acedt::testing {
namespace {

Response unknown_path() {
  return error_response(404, "UNSUPPORTED", "there is nothing at this path");
}
Response wrong_method() {
  return error_response(405, "UNSUPPORTED", "this method is not for this path");
}

Response handle_blob(Service& service, const Request& request, const Route& route) {
  if (request.reads()) return get_blob(service, request, route);
  return request.method == "DELETE" ? delete_blob(service, route) : wrong_method();
}

Response handle_manifest(Service& service, const Request& request, const Route& route) {
  if (request.reads()) return get_manifest(service, route);
  if (request.method == "PUT") return put_manifest(service, request, route);
  return request.method == "DELETE" ? delete_manifest(service, route) : wrong_method();
}

Response handle_upload(Service& service, Request& request, const Route& route) {
  if (request.method == "PATCH") return continue_upload(service, request, route);
  if (request.method == "PUT") return finish_upload(service, request, route);
  if (request.method == "GET") return get_upload(service, route);
  return request.method == "DELETE" ? cancel_upload(service, route) : wrong_method();
}

Response dispatch(Service& service, Request& request, const Route& route) {
  using Kind = Route::Kind;
  switch (route.kind) {
    case Kind::base: return request.reads() ? json_response(200, "{}") : wrong_method();
    case Kind::manifest: return handle_manifest(service, request, route);
    case Kind::blob: return handle_blob(service, request, route);
    case Kind::tags: return request.reads() ? list_tags(service, request, route) : wrong_method();
    case Kind::referrers: return request.reads() ? list_referrers(service, request, route) : wrong_method();
    case Kind::begin_upload: return request.method == "POST" ? begin_upload(service, request, route) : wrong_method();
    case Kind::upload: return handle_upload(service, request, route);
    case Kind::token:
    case Kind::none: break;
  }
  return unknown_path();
}

Response handle_storage(Service& service, const Request& request) {
  constexpr std::string_view prefix = "/storage/";
  if (request.fields.get("Authorization"))
    return error_response(400, "UNSUPPORTED", "only one way to authorize is allowed");
  if (!request.path.starts_with(prefix) || !request.reads()) return unknown_path();
  if (request.query.get("signature") != storage_signature) return error_response(403, "DENIED", "wrong signature");
  const Route route = Route::parse("/v2/" + request.path.substr(prefix.size()));
  return route.kind == Route::Kind::blob ? get_stored_blob(service, request, route) : unknown_path();
}

}  // namespace

Response handle(Service& service, Request& request) {
  if (request.at_storage) return handle_storage(service, request);
  const Route route = Route::parse(request.path);
  if (route.kind == Route::Kind::none) return unknown_path();
  if (route.kind == Route::Kind::token) return service.auth.token(request);
  if (route.kind != Route::Kind::base && !is_repository(route.repository))
    return error_response(400, "NAME_INVALID", "invalid repository name");
  if (auto refusal = service.auth.refuse(request, route)) return *std::move(refusal);

  Response response = dispatch(service, request, route);
  response.fields.add("Docker-Distribution-API-Version", "registry/2.0");
  return response;
}

}  // namespace acedt::testing
