#pragma once

#include <string_view>

#include "tools/registry/message.hpp"
#include "tools/registry/route.hpp"
#include "tools/registry/service.hpp"

namespace acedt::testing {

// The reading half of OCI distribution-spec v1.1: "Pull", "Content Discovery".

Response get_manifest(Service& service, const Route& route);
/// Redirects to the storage listener where the options say so.
Response get_blob(Service& service, const Request& request, const Route& route);
/// Serves the blob itself, whole or the Range that was asked for.
Response get_stored_blob(Service& service, const Request& request, const Route& route);
Response list_tags(Service& service, const Request& request, const Route& route);
Response list_referrers(Service& service, const Request& request, const Route& route);

/// What the query of a URL of the storage listener must carry.
inline constexpr std::string_view storage_signature = "c2lnbmF0dXJl-not-for-logs";
/// Where the storage listener has a blob.
std::string storage_location(const Service& service, const Route& route);

}  // namespace acedt::testing
