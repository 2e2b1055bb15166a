// The filter of --platform. Names are normalised as containerd does (github.com/containerd/platforms, database.go),
// because users write what docker and containerd accept. What a child does not say is no reason to leave it out.

#include "acedt/oci/platform_filter.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/media_type.hpp"

namespace acedt::oci {
namespace {

struct Alias {
  std::string_view name;
  std::string_view architecture;
  std::string_view variant;  // empty: as given
};
constexpr std::array<Alias, 6> aliases = {{{"x86_64", "amd64", ""},
                                           {"x86-64", "amd64", ""},
                                           {"i386", "386", ""},
                                           {"aarch64", "arm64", ""},
                                           {"armhf", "arm", "v7"},
                                           {"armel", "arm", "v6"}}};

/// Of docker's official images, and those above: to see that an os is missing.
constexpr std::array<std::string_view, 9> architectures = {"amd64", "arm64",   "arm",      "386",    "ppc64le",
                                                           "s390x", "riscv64", "mips64le", "loong64"};

Platform normalised(const Platform& given) {
  Platform platform{.architecture = lower(given.architecture), .os = lower(given.os), .variant = lower(given.variant)};
  if (platform.os == "macos") platform.os = "darwin";
  const auto* const alias = std::ranges::find(aliases, platform.architecture, &Alias::name);
  if (alias != aliases.end()) {
    platform.architecture = alias->architecture;
    if (!alias->variant.empty()) platform.variant = alias->variant;
  }
  const bool is_arm = platform.architecture == "arm" || platform.architecture == "arm64";
  const bool is_digit = platform.variant.size() == 1 && platform.variant[0] >= '0' && platform.variant[0] <= '9';
  if (is_arm && is_digit) platform.variant.insert(0, "v");
  return platform;
}

/// Returns the variant that a child has if its platform does not say.
std::string_view default_variant(std::string_view architecture) {
  if (architecture == "arm") return "v7";
  if (architecture == "arm64") return "v8";
  return architecture == "amd64" ? "v1" : "";
}

std::string text_of(const Platform& platform) {
  return platform.os + '/' + platform.architecture + (platform.variant.empty() ? "" : "/" + platform.variant);
}

/// Returns whether `wanted` takes a child of `platform`; both are normalised.
bool takes_platform(const Platform& wanted, const Platform& platform) {
  const std::string_view variant =
      platform.variant.empty() ? default_variant(platform.architecture) : std::string_view(platform.variant);
  return wanted.os == platform.os && wanted.architecture == platform.architecture &&
         (wanted.variant.empty() || wanted.variant == variant);
}

bool is_word(std::string_view text) {
  constexpr std::string_view others = "_.-";
  const auto is_allowed = [&](char c) {
    const char in_lower_case = static_cast<char>(c | 0x20);
    return (c >= '0' && c <= '9') || (in_lower_case >= 'a' && in_lower_case <= 'z') || others.find(c) != others.npos;
  };
  return !text.empty() && std::ranges::all_of(text, is_allowed);
}

bool is_architecture(std::string_view word) {
  const std::string name = lower(word);
  return std::ranges::find(architectures, name) != architectures.end() ||
         std::ranges::find(aliases, name, &Alias::name) != aliases.end();
}

/// Returns a hint for what is not a platform, or has the architecture in the place of the os.
std::string hint_for(const std::vector<std::string_view>& words, std::string_view text) {
  const bool may_lack_os = std::ranges::all_of(words, is_word) && words.size() <= 2 && is_architecture(words.front());
  if (!may_lack_os) return "such as linux/amd64, linux/arm64 or linux/arm/v7";
  const bool is_variant = words.size() == 1 || words.back().front() == 'v' || words.back().size() == 1;
  const std::string meant =
      is_variant ? "linux/" + std::string(text) : std::string(words.back()) + '/' + std::string(words.front());
  return "did you mean " + meant + "?";
}

Platform parse_one(std::string_view text) {
  const std::vector<std::string_view> words = split(text, '/');
  const bool is_platform = (words.size() == 2 || words.size() == 3) && std::ranges::all_of(words, is_word);
  if (!is_platform || is_architecture(words.front()))
    throw Error(ErrorKind::usage, in_quotes(text) + " is not a platform: want os/arch[/variant]")
        .hint(hint_for(words, text));
  return normalised({.architecture = std::string(words[1]),
                     .os = std::string(words[0]),
                     .variant = std::string(words.size() == 3 ? words[2] : "")});
}

/// Returns the platform of a child, normalised; unset if it does not say for what the child is.
std::optional<Platform> platform_of(const Descriptor& child) {
  if (!child.platform) return std::nullopt;
  Platform platform = normalised(*child.platform);
  const bool is_unknown = platform.os == "unknown" && platform.architecture == "unknown";
  if (is_unknown || platform.os.empty() || platform.architecture.empty()) return std::nullopt;
  return platform;
}

/// Returns the digest of the child that an attestation of BuildKit is about
/// (github.com/moby/buildkit, docs/attestations/attestation-storage.md); unset if `child` is no attestation.
std::optional<Digest> attested_by(const Descriptor& child) {
  if (annotation_of(child.annotations, "vnd.docker.reference.type") != "attestation-manifest") return std::nullopt;
  try {
    return Digest::parse(annotation_of(child.annotations, "vnd.docker.reference.digest"));
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

PlatformFilter PlatformFilter::parse(std::string_view text) {
  PlatformFilter filter;
  if (text.empty()) return filter;
  for (const std::string_view one : split(text, ',')) filter.platforms_.push_back(parse_one(trim(one)));
  std::ranges::sort(filter.platforms_, {}, text_of);
  const auto repeated = std::ranges::unique(filter.platforms_);
  filter.platforms_.erase(repeated.begin(), repeated.end());
  return filter;
}

std::vector<std::string> PlatformFilter::texts() const {
  std::vector<std::string> texts;
  for (const Platform& platform : platforms_) texts.push_back(text_of(platform));
  return texts;
}

std::string PlatformFilter::text() const {
  std::string joined;
  for (const std::string& one : texts()) joined += (joined.empty() ? "" : ",") + one;
  return joined;
}

bool PlatformFilter::covers(const PlatformFilter& other) const {
  if (takes_all() || other.takes_all()) return takes_all();
  return std::ranges::all_of(other.platforms_, [this](const Platform& wanted) {
    return std::ranges::any_of(platforms_, [&](const Platform& own) {
      return own.os == wanted.os && own.architecture == wanted.architecture &&
             (own.variant.empty() || own.variant == wanted.variant);
    });
  });
}

/// Notes the platform of `child` in `selection`.
bool PlatformFilter::takes(const Descriptor& child, PlatformSelection& selection) const {
  const std::optional<Platform> platform = platform_of(child);
  if (!platform || content_kind(child.media_type) == ContentKind::index) return true;
  selection.has.insert(text_of(*platform));
  bool is_taken = takes_all();
  for (const Platform& wanted : platforms_) {
    if (!takes_platform(wanted, *platform)) continue;
    selection.matched.insert(text_of(wanted));
    is_taken = true;
  }
  return is_taken;
}

PlatformSelection PlatformFilter::select(const Manifest& index) const {
  PlatformSelection selection;
  std::set<Digest> taken;
  for (const Descriptor& child : index.manifests) {
    if (attested_by(child)) continue;
    (takes(child, selection) ? taken : selection.left_out).insert(child.digest);
  }
  std::erase_if(selection.left_out, [&](const Digest& digest) { return taken.contains(digest); });
  std::set<Digest> attestations;  // added last, as one is no reason to leave out another
  for (const Descriptor& child : index.manifests) {
    const std::optional<Digest> attested = attested_by(child);
    if (attested && selection.left_out.contains(*attested) && !taken.contains(child.digest))
      attestations.insert(child.digest);
  }
  selection.left_out.merge(std::move(attestations));
  return selection;
}

}  // namespace acedt::oci
