#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/base/error.hpp"
#include "acedt/http/message_reader.hpp"
#include "acedt/registry/repository.hpp"

namespace acedt::registry {

/// A response that asks to try again later: 408, 425, 429 or 5xx from a registry, or what throw_if_link_expired() says
/// from a storage.
class Unavailable : public Error {
 public:
  Unavailable(ErrorKind kind, const std::string& what, int status, std::optional<std::chrono::seconds> retry_after)
      : Error(kind, what), status_(status), retry_after_(retry_after) {}
  int status() const noexcept { return status_; }
  std::optional<std::chrono::seconds> retry_after() const noexcept { return retry_after_; }

 private:
  int status_;
  std::optional<std::chrono::seconds> retry_after_;
};

/// A registry or its storage answered a range request incorrectly. A request for the whole may still work.
class RangeRefused : public Error {
 public:
  explicit RangeRefused(const std::string& what) : Error(ErrorKind::transport, what) {}
};

/// Returns true if a request that got this status may succeed later.
bool asks_for_patience(int status);

/// Adds a hint to `error` if the response is an HTML page.
void explain_page(Error& error, const http::ResponseHead& head);

/// Returns the wait that the registry asks for in Retry-After; unset if there is none.
std::optional<std::chrono::seconds> retry_after(const http::ResponseHead& head);

/// Throws the Error for a response that is not a success, with its status and the text of its body (OCI
/// distribution-spec v1.1, "Error Codes"). `host` is for the hint about logging in; `target`, of the request, for what
/// the response lacks. Throws Error(not_found) for 404, without a hint if it is a blob; Error(unauthorized) for 401 and
/// 403, RangeRefused for 416, Unavailable if asks_for_patience(), else Error(bad_input).
[[noreturn]] void throw_problem(const http::ResponseHead& head, std::string_view body, std::string_view host,
                                std::string_view target);

/// A registry refused a manifest, probably because it lacks content that the manifest names. Some registries say that
/// they have a blob that they lack: it may help to push the blobs that were skipped.
class ContentMissing : public Error {
 public:
  explicit ContentMissing(const std::string& what) : Error(ErrorKind::bad_input, what) {}
};

/// Throws the Error for a refused request to change `repository`, with a hint:
/// - Error(no_space) if its quota is used up;
/// - Error(not_found) if the repository does not exist;
/// - Error(unauthorized) for 401 and other 403;
/// - Unavailable for a 403 with a rate limit, and if asks_for_patience(); RangeRefused for 416;
/// - ContentMissing if a manifest names missing content;
/// - Error(bad_input) for anything else: a body that is too large, an unaccepted media type, a tag that must not move.
[[noreturn]] void throw_push_problem(const http::ResponseHead& head, std::string_view body,
                                     const Repository& repository);

/// Checks the response of a storage that the registry redirected to. Throws Unavailable for 400, 401 and 403, which
/// mean that the link has expired: the next attempt gets a fresh link from the registry.
void throw_if_link_expired(const http::ResponseHead& head, std::string_view body);

}  // namespace acedt::registry
