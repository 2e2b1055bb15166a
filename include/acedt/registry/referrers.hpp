#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "acedt/oci/descriptor.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/registry/repository.hpp"
#include "acedt/registry/transport.hpp"

namespace acedt::registry {

/// The manifests that a registry lists as referring to another one.
struct ListedReferrers {
  std::vector<oci::Descriptor> descriptors = {};
  bool by_tag = false;  ///< from the referrers tag, which any account with push access may have overwritten
};

/// The tag under which clients list what refers to `digest` if the registry has no referrers API: at most 32 characters
/// of the algorithm and 64 hex digits (OCI distribution-spec v1.1, "Referrers Tag Schema").
std::string referrers_tag(const oci::Digest& digest);

/// Lists what refers to `digest`: all pages of the API, or the referrers tag if there is no API (OCI distribution-spec
/// v1.1, "Listing Referrers"). An answer is judged by its content, as registries send lists under many media types. An
/// answer of the API that is no list is a warning, and the tag is read instead. Repeats failed attempts and asks other
/// endpoints as Failover says. Throws Error(not_found) if ReferrersSupport::api is set and there is none,
/// Error(bad_input) for more than 1000 pages or 64 MiB, and the errors of Transport::send() and throw_problem().
async::awaitable<ListedReferrers> list_referrers(Transport& transport, Repository repository, oci::Digest digest);

/// The tags under which cosign stores what belongs to a manifest, in this order: "sha256-HEX.sig", its signatures,
/// ".att", its attestations, ".sbom", its SBOM.
std::vector<std::string> cosign_tags(const oci::Digest& digest);

/// Those tags of a repository that look like cosign's. Unset if the registry does not list them, or lists more than ten
/// pages or 10 000 of them: then asking for three tags a manifest is cheaper. Makes one attempt; throws no Error.
async::awaitable<std::optional<std::set<std::string>>> list_cosign_tags(Transport& transport, Repository repository);

/// The manifests under those of `tags` that exist, in their order, each annotated with its tag
/// (org.opencontainers.image.ref.name). Throws as find_manifest().
async::awaitable<std::vector<oci::Descriptor>> find_tags(Transport& transport, Repository repository,
                                                         std::vector<std::string> tags);

}  // namespace acedt::registry
