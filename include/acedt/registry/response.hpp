#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/http/field_values.hpp"
#include "acedt/http/message_reader.hpp"
#include "acedt/http/url.hpp"
#include "acedt/net/connection.hpp"

namespace acedt::registry {

/// Limit for a manifest and for a page of referrers. Registries must accept manifests of 4 MiB (OCI distribution-spec
/// v1.1, "Pushing Manifests").
inline constexpr Bytes max_manifest_size = 8_MiB;
/// Limit for every other body that is held in memory: tokens, errors, greetings.
inline constexpr Bytes max_answer_size = 1_MiB;

/// The head of a response, and the connection from which its body is read.
struct Response {
  std::unique_ptr<net::Connection> connection;  ///< null once it was returned to the pool
  http::ResponseHead head = {};
  std::string method;  ///< of the request
  http::Url url;       ///< the URL that was requested

  /// "GET https://host/path", for messages: without the query.
  std::string what() const { return method + " " + url.display(); }
};

/// A response whose body was read.
struct Document {
  http::ResponseHead head;
  std::string text;
};

/// The URL that a redirect leads to; unset if `response` is no redirect. Counts redirects in `followed`. Throws
/// Error(bad_input) at the eleventh redirect, for a redirect from https to http, and for a Location that is no URL.
std::optional<http::Url> redirected(const Response& response, std::size_t& followed);

/// The challenges in all WWW-Authenticate fields of a response.
std::vector<http::Challenge> challenges_of(const http::ResponseHead& head);

/// The value of Content-Type without its parameters; empty if there is none.
std::string media_type_of(const http::ResponseHead& head);

/// Decodes a body that came gzip-encoded although identity was requested (RFC 9110 section 8.4.1.3). A body that is
/// not gzip in spite of its Content-Encoding is returned unchanged. Throws Error(bad_input) for another encoding or
/// more than max_manifest_size decoded bytes, Error(corrupt) for broken gzip.
std::string without_encoding(const http::ResponseHead& head, std::string body);

/// The request target of the next page of a list; unset on the last page. `head` answered the page at `target`. Only
/// path and query of the Link are used: behind a proxy a registry may name itself by another host. Throws
/// Error(bad_input) if the page names itself as its successor.
std::optional<std::string> next_page(const http::Origin& origin, const std::string& target,
                                     const http::ResponseHead& head);

}  // namespace acedt::registry
