#include "acedt/registry/problem.hpp"

#include <simdjson.h>

#include <array>
#include <utility>

#include "acedt/base/text.hpp"
#include "acedt/http/field_values.hpp"
#include "acedt/registry/response.hpp"

namespace acedt::registry {
namespace {

constexpr std::size_t max_text = 300;  // of the registry's text in an error

/// "manifest unknown: manifest unknown to registry; …"
std::string said_in(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::array errors;
  if (parser.parse(with_whole_characters(body))["errors"].get(errors) != simdjson::SUCCESS) return {};
  std::string said;
  for (const simdjson::dom::element error : errors) {
    for (const char* key : {"code", "message"}) {
      std::string_view text;
      if (error[key].get(text) != simdjson::SUCCESS || text.empty()) continue;
      said += (said.empty() ? "" : ": ") + lower(text);
    }
  }
  return printable(said.substr(0, max_text));
}

/// "404 Not Found: name_unknown: …"
std::string outcome(const http::ResponseHead& head, std::string_view body) {
  std::string what = std::to_string(head.status);
  if (const auto text = http::reason_phrase(head.status); !text.empty()) what += " " + std::string(text);
  if (const std::string said = said_in(body); !said.empty()) what += ": " + said;
  return what;
}

Error hinted(ErrorKind kind, const std::string& what, const std::string& hint) {
  Error error(kind, what);
  error.hint(hint);
  return error;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

/// Returns the hint for content that is not there; empty for a blob, as it depends on who names it.
std::string hint_for_absent(const std::string& host, std::string_view target) {
  const std::string log_in =
      "; some registries answer this to anonymous clients: log in with `ace-dt login " + host + "`";
  if (contains(target, "/blobs/")) return {};
  if (contains(target, "/manifests/sha")) return "check the repository and the digest" + log_in;
  if (contains(target, "/manifests/")) return "check the repository and the tag" + log_in;
  return "check that " + host + " is a registry, and its path in the configuration file, if it has one";
}

/// Returns the hint for a refusal to change a repository; empty if the refusal does not show the cause.
std::string push_hint(int status, const std::string& what, const Repository& repository) {
  const std::string host = repository.target.origin.authority();
  if (status == 404)
    return "create the repository " + repository.name + ", or its project, first: this registry does not do so on push";
  if (status == 401 || status == 403)
    return "log in with `ace-dt login " + host + "`, and check that the account may push to " + repository.name +
           " and that the repository, or its project, exists";
  if (status == 413)
    return "the registry, or a proxy in front of it, limits the size of a request (nginx: client_max_body_size)";
  if (status == 415)
    return "the registry does not accept this media type; some accept docker's types only if configured to (zot: "
           "http.compat: [\"docker2s2\"])";
  if (contains(what, "immutable") || contains(what, "already exists") || contains(what, "tagalreadyexists"))
    return "the tag points to something else, and the registry does not let it move: push it under another one with "
           "--tag-as, or remove it there";
  return "ask who runs the registry whether " + repository.name + " can be pushed to, and see its log for the reason";
}

}  // namespace

bool asks_for_patience(int status) {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

void explain_page(Error& error, const http::ResponseHead& head) {
  if (!equal_ignoring_case(media_type_of(head), "text/html")) return;
  error.hint("the registry answered with an HTML page: does a proxy or a login page answer in its place?");
}

std::optional<std::chrono::seconds> retry_after(const http::ResponseHead& head) {
  const auto field = head.fields.get("Retry-After");
  return field ? http::parse_retry_after(*field, std::chrono::system_clock::now()) : std::nullopt;
}

void throw_if_link_expired(const http::ResponseHead& head, std::string_view body) {
  if (head.status != 400 && head.status != 401 && head.status != 403) return;
  Unavailable error(ErrorKind::unavailable, outcome(head, body), head.status, std::nullopt);
  error.hint(
      "the storage refused the link that the registry gave: check the clocks of this machine, of the registry and of "
      "the storage");
  throw error;
}

void throw_push_problem(const http::ResponseHead& head, std::string_view body, const Repository& repository) {
  const std::string what = outcome(head, body);
  const std::string hint = push_hint(head.status, what, repository);
  if (head.status == 507 || (head.status == 403 && contains(what, "quota")))
    throw hinted(ErrorKind::no_space, what,
                 "the quota of " + repository.name + " in the registry is used up: raise it, or remove content there");
  if (head.status == 403 && (contains(what, "rate limit") || contains(what, "secondary")))
    throw Unavailable(ErrorKind::rate_limited, what, head.status, retry_after(head));
  if (head.status == 404 && (contains(what, "name_unknown") || !contains(what, "manifest_")))
    throw hinted(ErrorKind::not_found, what, hint);
  if (head.status == 401 || head.status == 403) throw hinted(ErrorKind::unauthorized, what, hint);
  if ((head.status == 400 || head.status == 404) && contains(what, "manifest_")) {
    ContentMissing error(what);
    error.hint("the registry does not accept the manifest, or lacks content that it names: see its log for the reason");
    throw error;
  }
  if (asks_for_patience(head.status) || head.status == 416)
    throw_problem(head, body, repository.target.origin.authority(), "");
  Error error(ErrorKind::bad_input, what);
  explain_page(error, head);
  throw error.hint(hint);
}

void throw_problem(const http::ResponseHead& head, std::string_view body, std::string_view host,
                   std::string_view target) {
  const std::string what = outcome(head, body);
  switch (head.status) {
    case 404: throw hinted(ErrorKind::not_found, what, hint_for_absent(std::string(host), target));
    case 401:
    case 403:
      throw hinted(ErrorKind::unauthorized, what,
                   "log in with `ace-dt login " + std::string(host) +
                       "`, or check what the account may do there; some registries answer this for content that does "
                       "not exist");
    case 416: throw RangeRefused(what);
    default: break;
  }
  if (asks_for_patience(head.status)) {
    const ErrorKind kind = head.status == 429 ? ErrorKind::rate_limited : ErrorKind::unavailable;
    throw Unavailable(kind, what, head.status, retry_after(head));
  }
  Error error(ErrorKind::bad_input, what);
  explain_page(error, head);
  if (contains(body, "HTTPS"))
    error.hint("this port speaks TLS: give the registry an endpoint that begins with https://");
  error.hint("check that this is the address of a registry, and its path in the configuration file, if it has one");
  throw error;
}

}  // namespace acedt::registry
