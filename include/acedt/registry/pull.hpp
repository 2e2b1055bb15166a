#pragma once

#include <optional>
#include <string>

#include "acedt/oci/descriptor.hpp"
#include "acedt/registry/repository.hpp"
#include "acedt/registry/response.hpp"
#include "acedt/registry/transport.hpp"

// Reading manifests (OCI distribution-spec v1.1, "Pulling manifests"). Except for get_tagged(), failed attempts are
// repeated, and other endpoints asked, as Failover says. Errors name the method and the URL. Repositories and
// descriptors must live until the call ends.

namespace acedt::registry {

/// What the tag or digest `selector` names: by HEAD, and by GET if the response to HEAD does not say all of it. Throws
/// Error(not_found) if the repository does not have it, Error(bad_input) if it is no manifest that can be mirrored,
/// Error(corrupt) if the content does not match its digest, and the errors of Transport::get().
async::awaitable<oci::Descriptor> resolve(Transport& transport, const Repository& repository, std::string selector);

/// The bytes of a manifest, whose size and digest were checked. Throws Error(corrupt) if they do not match, and the
/// errors of Transport::get().
async::awaitable<std::string> fetch_manifest(Transport& transport, const Repository& repository,
                                             const oci::Descriptor& descriptor);

/// As resolve() for a tag that may not exist: unset if it does not, or if something other than a manifest is under it.
async::awaitable<std::optional<oci::Descriptor>> find_manifest(Transport& transport, const Repository& repository,
                                                               std::string tag);

/// The document under a tag, in one attempt; unset if the repository does not have the tag. Throws the error of any
/// other response that is no success, see throw_problem().
async::awaitable<std::optional<Document>> get_tagged(Transport& transport, const Repository& repository,
                                                     std::string tag);

}  // namespace acedt::registry
