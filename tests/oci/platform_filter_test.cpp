#include "acedt/oci/platform_filter.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::oci;
using testing::failure;

namespace {

Digest digest_of(char name) {
  return Digest::parse("sha256:" + std::string(64, name));
}

/// A child for `platform`, such as "linux/arm/v7"; empty: without one.
Descriptor child(char name, const std::string& platform, std::string_view type = media_type::oci_manifest) {
  Descriptor descriptor{.media_type = std::string(type), .digest = digest_of(name), .size = {2}};
  if (platform.empty()) return descriptor;
  const std::size_t first = platform.find('/');
  const std::size_t second = platform.find('/', first + 1);
  descriptor.platform = {.architecture = platform.substr(first + 1, second - first - 1),
                         .os = platform.substr(0, first),
                         .variant = second == platform.npos ? "" : platform.substr(second + 1)};
  return descriptor;
}

Descriptor attestation(char name, const std::string& of) {
  Descriptor descriptor = child(name, "unknown/unknown");
  descriptor.annotations = {{"vnd.docker.reference.type", "attestation-manifest"}, {"vnd.docker.reference.digest", of}};
  return descriptor;
}

PlatformSelection select(const std::string& filter, std::vector<Descriptor> children) {
  const Manifest index{.kind = ContentKind::index, .manifests = std::move(children)};
  return PlatformFilter::parse(filter).select(index);
}

/// Returns the letters of the children that are left out.
std::string left_out(const std::string& filter, std::vector<Descriptor> children) {
  std::string letters;
  for (const Digest& digest : select(filter, std::move(children)).left_out) letters += digest.hex().front();
  return letters;
}

bool takes(const std::string& filter, const std::string& platform) {
  return left_out(filter, {child('a', platform)}).empty();
}

std::string text(const std::string& filter) {
  return PlatformFilter::parse(filter).text();
}

bool covers(const std::string& a, const std::string& b) {
  return PlatformFilter::parse(a).covers(PlatformFilter::parse(b));
}

/// Returns the message and the hint.
std::string refusal(const std::string& filter) {
  try {
    PlatformFilter::parse(filter);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what() + std::string("; ") + error.hint();
  }
  return "";
}

}  // namespace

TEST_CASE("os and architecture must be equal") {
  CHECK(takes("linux/amd64", "linux/amd64"));
  CHECK(!takes("linux/amd64", "linux/arm64"));
  CHECK(!takes("linux/amd64", "windows/amd64"));
  CHECK(takes("linux/arm64,windows/amd64", "windows/amd64"));
  CHECK(takes("", "plan9/mips"));
}

TEST_CASE("a filter without a variant takes every variant, one with a variant only that") {
  for (const char* variant : {"", "/v5", "/v6", "/v7"}) CHECK(takes("linux/arm", "linux/arm" + std::string(variant)));
  CHECK(takes("linux/arm/v6", "linux/arm/v6"));
  CHECK(!takes("linux/arm/v6", "linux/arm/v7"));
  CHECK(takes("linux/arm64", "linux/arm64/v9"));
  CHECK(!takes("linux/arm64/v8", "linux/arm64/v9"));
}

TEST_CASE("a child without a variant has the usual one") {
  CHECK(takes("linux/arm/v7", "linux/arm"));
  CHECK(!takes("linux/arm/v6", "linux/arm"));
  CHECK(takes("linux/arm64/v8", "linux/arm64"));
  CHECK(takes("linux/amd64/v1", "linux/amd64"));
  CHECK(!takes("linux/amd64/v3", "linux/amd64"));
  CHECK(!takes("linux/ppc64le/power9", "linux/ppc64le"));
}

TEST_CASE("names are normalised, in filters and in children") {
  CHECK(text("Linux/X86_64") == "linux/amd64");
  CHECK(text("linux/aarch64") == "linux/arm64");
  CHECK(text("linux/aarch64/8") == "linux/arm64/v8");
  CHECK(text("linux/armhf") == "linux/arm/v7");
  CHECK(text("linux/armel") == "linux/arm/v6");
  CHECK(text("linux/arm/6") == "linux/arm/v6");
  CHECK(text("linux/i386") == "linux/386");
  CHECK(text("macOS/arm64") == "darwin/arm64");
  CHECK(takes("linux/amd64", "linux/x86-64"));
  CHECK(takes("linux/arm64", "LINUX/aarch64"));
  CHECK(takes("linux/arm/v6", "linux/arm/6"));
}

TEST_CASE("a filter is a set: its text is sorted, with each platform once") {
  CHECK(text("linux/arm64, linux/amd64,linux/aarch64") == "linux/amd64,linux/arm64");
  CHECK(PlatformFilter::parse("linux/arm64,linux/amd64") ==
        PlatformFilter::parse("linux/amd64,linux/x86_64,linux/arm64"));
  CHECK(text("").empty());
  CHECK(PlatformFilter::parse("").takes_all());
}

TEST_CASE("a filter covers one that takes no more") {
  CHECK(covers("", "linux/amd64"));
  CHECK(covers("", ""));
  CHECK(!covers("linux/amd64", ""));
  CHECK(covers("linux/amd64,linux/arm64", "linux/arm64"));
  CHECK(!covers("linux/arm64", "linux/amd64,linux/arm64"));
  CHECK(covers("linux/arm", "linux/arm/v6,linux/arm/v7"));
  CHECK(!covers("linux/arm/v6,linux/arm/v7", "linux/arm"));
  CHECK(!covers("linux/arm/v6", "linux/arm/v7"));
}

TEST_CASE("children that do not say for what they are, and indexes, are taken") {
  CHECK(left_out("linux/amd64", {child('a', ""), child('b', "unknown/unknown"), child('c', "linux/"),
                                 child('d', "/arm"), child('e', "linux/arm64", media_type::oci_index),
                                 child('f', "linux/arm64", media_type::docker_list), child('1', "linux/arm64")}) ==
        "1");
}

TEST_CASE("an attestation is left out exactly if the manifest that it names is") {
  const auto of = [](char name) { return digest_of(name).text(); };
  const std::vector<Descriptor> children = {child('a', "linux/amd64"), child('b', "linux/arm64"),
                                            attestation('c', of('a')), attestation('d', of('b')),
                                            attestation('e', of('f')), attestation('1', "b")};
  CHECK(left_out("linux/amd64", children) == "bd");
  CHECK(left_out("linux/arm64", children) == "ac");
  CHECK(left_out("", children).empty());
  CHECK(select("linux/amd64", children).has == std::set<std::string>{"linux/amd64", "linux/arm64"});
}

TEST_CASE("a child that is listed for two platforms is taken if one of them matches") {
  CHECK(left_out("linux/amd64", {child('a', "linux/arm64"), child('a', "linux/amd64"), child('b', "linux/arm64")}) ==
        "b");
}

TEST_CASE("a selection says what the index has, and what of the filter it matches") {
  const PlatformSelection selection =
      select("linux/arm,linux/s390x", {child('a', "linux/x86_64"), child('b', "linux/arm/v6"), child('c', "")});
  CHECK(selection.has == std::set<std::string>{"linux/amd64", "linux/arm/v6"});
  CHECK(selection.matched == std::set<std::string>{"linux/arm"});
}

TEST_CASE("an image is not filtered") {
  const Manifest image{
      .kind = ContentKind::image, .config = child('a', "linux/arm64"), .layers = {child('b', "linux/arm64")}};
  CHECK(PlatformFilter::parse("linux/amd64").select(image).left_out.empty());
}

TEST_CASE("what is not a platform is refused with a hint") {
  CHECK(refusal("amd64") == "\"amd64\" is not a platform: want os/arch[/variant]; did you mean linux/amd64?");
  CHECK(refusal("linux/amd64,ARM64").find("did you mean linux/ARM64?") != std::string::npos);
  CHECK(refusal("arm/v7").find("did you mean linux/arm/v7?") != std::string::npos);
  CHECK(refusal("arm64/8").find("did you mean linux/arm64/8?") != std::string::npos);
  CHECK(refusal("amd64/windows").find("did you mean windows/amd64?") != std::string::npos);
  for (const char* wrong : {"linux", "linux/", "/amd64", "linux/arm/v7/x", ",", "linux/amd64,", "linux/am d64",
                            "linux//v7", "windows/amd64:10.0", "linux-amd64"})
    CHECK_MESSAGE(refusal(wrong).find("such as linux/amd64") != std::string::npos, wrong);
}
