#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "acedt/registry/client.hpp"

namespace acedt::registry {

/// The tags under which cosign keeps what belongs to a manifest, in this order: "sha256-HEX.sig", its signatures,
/// ".att", its attestations, ".sbom", its SBOM.
std::vector<std::string> cosign_tags(const oci::Digest& digest);

/// Those of cosign's tags that a repository has.
///
/// Nothing where the registry does not list them, or lists so many tags that to ask for three a manifest is cheaper:
/// more than ten pages of them, or more than 10 000 that look like cosign's. One attempt; no failure is thrown.
async::awaitable<std::optional<std::set<std::string>>> list_cosign_tags(Client& client, Repository repository);

/// The manifests under those of `tags` that are there, in their order, each annotated with its tag
/// (org.opencontainers.image.ref.name).
async::awaitable<std::vector<oci::Descriptor>> find_tags(Client& client, Repository repository,
                                                         std::vector<std::string> tags);

}  // namespace acedt::registry
