#pragma once

#include <optional>
#include <string_view>

#include "acedt/oci/digest.hpp"

namespace acedt::archive {

/// Returns the name of a tar entry without a "./" before it. Points into `name`.
inline std::string_view without_dot(std::string_view name) {
  if (name.starts_with("./")) name.remove_prefix(2);
  return name;
}

/// Returns the digest in a name such as "blobs/sha256/<hex>" or "./blobs/sha256/<hex>"; nullopt for other names.
std::optional<oci::Digest> digest_in(std::string_view name);

}  // namespace acedt::archive
