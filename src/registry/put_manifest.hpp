#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "acedt/http/message.hpp"
#include "acedt/registry/repository.hpp"
#include "acedt/registry/transport.hpp"

namespace acedt::registry {

/// A manifest to put.
struct ManifestPut {
  std::string selector;  ///< digest or tag
  std::string media_type;
  std::string_view text;
  std::string condition = {};   ///< "If-Match" or "If-None-Match" (RFC 9110 section 13.1); empty: none
  std::string entity_tag = {};  ///< its value
};

/// Puts a manifest, in one attempt. Returns the head of the response; unset if the condition was not met (412). Throws
/// as Transport::send() and throw_push_problem().
async::awaitable<std::optional<http::ResponseHead>> put_manifest(Transport& transport, const Repository& repository,
                                                                 ManifestPut put);

}  // namespace acedt::registry
