#pragma once

#include <optional>
#include <string>

#include "acedt/http/response_reader.hpp"
#include "acedt/http/url.hpp"

namespace acedt::registry {

/// The media type without its parameters.
std::string media_type_of(const http::ResponseHead& head);

/// The content of a body that came gzip-encoded though that was not asked for (RFC 9110 section 8.4.1.3). One that is
/// no gzip in spite of its Content-Encoding is as it should be. Throws Error: another encoding, max_manifest_size
/// exceeded, or corrupt.
std::string without_encoding(const http::ResponseHead& head, std::string body);

/// The request target of the next page of a list, whose page at `target` was answered with `head`. An absolute Link may
/// name another host, such as the registry's own name behind its proxy: the list goes on where it began.
std::optional<std::string> next_page(const http::Origin& origin, const std::string& target,
                                     const http::ResponseHead& head);

}  // namespace acedt::registry
