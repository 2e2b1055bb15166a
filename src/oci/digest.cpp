#include "acedt/oci/digest.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::oci {
namespace {

std::optional<Algorithm> algorithm_named(std::string_view text) {
  for (const Algorithm algorithm : {Algorithm::sha256, Algorithm::sha512})
    if (text == name(algorithm)) return algorithm;
  return std::nullopt;
}

}  // namespace

std::string_view name(Algorithm algorithm) {
  return algorithm == Algorithm::sha256 ? "sha256" : "sha512";
}

std::size_t raw_size(Algorithm algorithm) {
  return algorithm == Algorithm::sha256 ? 32 : 64;
}

Digest::Digest(Algorithm algorithm, std::span<const std::byte> raw) : algorithm_(algorithm) {
  assert(raw.size() == raw_size(algorithm));
  std::ranges::copy(raw, raw_.begin());
}

Digest Digest::parse(std::string_view text) {
  auto fail = [text](const std::string& what) {
    return Error(ErrorKind::bad_input, "digest " + in_quotes(text) + ": " + what);
  };
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) throw fail("not of the form algorithm:hex");
  const std::optional<Algorithm> algorithm = algorithm_named(text.substr(0, colon));
  if (!algorithm) throw fail("algorithm " + in_quotes(text.substr(0, colon)) + " is neither sha256 nor sha512");
  std::array<std::byte, 64> raw;
  const std::span<std::byte> used(raw.data(), raw_size(*algorithm));
  if (!from_hex(text.substr(colon + 1), used))
    throw fail("not " + std::to_string(2 * used.size()) + " lower-case hex digits after the colon");
  return {*algorithm, used};
}

std::string Digest::hex() const {
  return to_hex(raw());
}

std::string Digest::text() const {
  return with_hex(std::string(name(algorithm_)) + ':');
}

std::string Digest::blob_path() const {
  return with_hex("blobs/" + std::string(name(algorithm_)) + '/');
}

std::string Digest::with_hex(std::string before) const {
  before.reserve(before.size() + 2 * raw().size());
  append_hex(before, raw());
  return before;
}

}  // namespace acedt::oci
