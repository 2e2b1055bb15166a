#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "acedt/oci/digest.hpp"

namespace acedt::oci {

/// Where an artifact is: `host[:port]/repository[:tag][@digest]` (OCI distribution-spec v1.1, "Pulling manifests").
struct Reference {
  std::string registry = {};    ///< as written, with the port; "docker.io" for docker's short forms
  std::string repository = {};  ///< "library/alpine"
  std::string tag = {};         ///< "latest" where neither tag nor digest was written; empty with a digest
  std::optional<Digest> digest = {};

  /// Reads it as docker does: `alpine`, `user/app:1` and `index.docker.io/x` are on docker.io, and a name of one part
  /// there is in `library/`. The first part is a registry when it has a '.' or a ':' or is `localhost`. Tag and
  /// repository follow the grammar of the distribution-spec. Throws Error(bad_input) that names the text, says what is
  /// wrong with it, and hints at the form (a scheme such as https:// is named as the mistake it is).
  static Reference parse(std::string_view text);

  /// What the manifests endpoint is asked for: the digest, else the tag.
  std::string selector() const;
  /// registry/repository:tag or registry/repository@digest.
  std::string text() const;
};

}  // namespace acedt::oci
