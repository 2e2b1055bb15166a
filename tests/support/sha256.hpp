#pragma once

#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"

#include <string_view>

namespace acedt::testing {

inline oci::Digest sha256(std::string_view content) {
  return codec::digest_of(oci::Algorithm::sha256, as_bytes(content));
}

inline oci::Digest sha512(std::string_view content) {
  return codec::digest_of(oci::Algorithm::sha512, as_bytes(content));
}

}  // namespace acedt::testing
