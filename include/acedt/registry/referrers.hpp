#pragma once

#include <vector>

#include "acedt/registry/client.hpp"

namespace acedt::registry {

/// What is listed as referring to a manifest.
struct ListedReferrers {
  std::vector<oci::Descriptor> descriptors = {};
  bool by_tag = false;  ///< under the referrers tag, where anybody who may push may have put something else
};

/// The tag under which clients list what refers to `digest` where there is no API: at most 32 characters of the
/// algorithm and 64 of the hex digits (OCI distribution-spec v1.1, "Referrers Tag Schema").
std::string referrers_tag(const oci::Digest& digest);

/// What refers to `digest`, by the API and all of its pages, or by the tag if there is no API (OCI distribution-spec
/// v1.1, "Listing Referrers"). An answer is judged by its content, as registries send lists under many media types. One
/// that should be a list and is none is a warning, and the tag is asked for. Tries again and turns to other endpoints
/// as Failover says.
async::awaitable<ListedReferrers> list_referrers(Client& client, Repository repository, oci::Digest digest);

}  // namespace acedt::registry
