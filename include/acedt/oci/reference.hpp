#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "acedt/oci/digest.hpp"

namespace acedt::oci {

/// The name of an artifact: `host[:port]/repository[:tag][@digest]` (OCI distribution-spec v1.1, "Pulling manifests").
struct Reference {
  std::string registry = {};    ///< as written, with port; "docker.io" for docker's short forms
  std::string repository = {};  ///< "library/alpine"
  std::string tag = {};         ///< "latest" if the text has neither tag nor digest; empty with a digest
  std::optional<Digest> digest = {};

  /// Parses `text` as docker does. The first part is a registry if it contains '.' or ':' or is `localhost`; otherwise
  /// the registry is docker.io, as it is for index.docker.io. `alpine` on docker.io means `library/alpine`. Tag and
  /// repository follow the grammar of the distribution-spec.
  ///
  /// Throws Error(usage), which names the text without a password in it, the mistake, and the form as a hint.
  static Reference parse(std::string_view text);

  /// Returns what the manifests endpoint takes: the digest, or else the tag.
  std::string selector() const;
  /// Returns registry/repository:tag or registry/repository@digest.
  std::string text() const;
};

}  // namespace acedt::oci
