// The grammar of references: the distribution-spec for repository and tag ("Pulling manifests"), and docker's
// conventions (https://pkg.go.dev/github.com/distribution/reference) for what may be left out. Errors name the part
// that is wrong. A password that was typed before the host never appears in them.

#include "acedt/oci/reference.hpp"

#include <algorithm>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::oci {
namespace {

constexpr auto none = std::string_view::npos;
constexpr std::string_view lower_alphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view label_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
constexpr std::string_view tag_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == none;
}

/// Returns `text` in quotes for an error, without a user and a password before the host.
std::string shown(std::string_view text) {
  const std::size_t at = std::min(text.rfind('@'), text.size());
  const bool has_digest = text.substr(at).starts_with("@sha256:") || text.substr(at).starts_with("@sha512:");
  const std::string_view name = text.substr(0, has_digest ? at : none);
  return name.find('@') == none ? in_quotes(text) : in_quotes(redacted_url(name));
}

/// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
bool is_path_component(std::string_view text) {
  for (;;) {
    const std::size_t separator = text.find_first_not_of(lower_alphanumeric);
    if (text.empty() || separator == 0) return false;
    if (separator == none) return true;
    text.remove_prefix(separator);
    const std::size_t end = std::min(text.find_first_of(lower_alphanumeric), text.size());
    const std::string_view between = text.substr(0, end);
    if (between != "." && between != "_" && between != "__" && !consists_of(between, "-")) return false;
    text.remove_prefix(end);
  }
}

/// Returns whether `is_part` holds for each part of `text` between separators. Lists may be very long: unlike split(),
/// this needs no memory.
bool all_parts(std::string_view text, char separator, bool (*is_part)(std::string_view)) {
  for (;;) {
    const std::size_t end = text.find(separator);
    if (!is_part(text.substr(0, end))) return false;
    if (end == none) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_repository(std::string_view text) {
  return all_parts(text, '/', is_path_component);
}

/// [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > 128 || text.starts_with('.') || text.starts_with('-')) return false;
  return consists_of(text, tag_characters);
}

bool is_host_label(std::string_view text) {
  return !text.empty() && !text.starts_with('-') && !text.ends_with('-') && consists_of(text, label_characters);
}

bool is_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']'))  // IPv6
    return text.size() > 2 && consists_of(text.substr(1, text.size() - 2), "0123456789abcdefABCDEF:.");
  return all_parts(text, '.', is_host_label);
}

bool is_port(std::string_view text) {
  const auto port = to_number(text);
  return port && *port > 0 && *port < 65536;
}

bool is_registry(std::string_view text) {
  const std::size_t colon = text.find(':', text.starts_with('[') ? std::min(text.find(']'), text.size()) : 0);
  return is_host(text.substr(0, colon)) && (colon == none || is_port(text.substr(colon + 1)));
}

/// Returns whether `part`, the text before the first '/', is a registry and not a part of a repository on docker.io.
bool looks_like_registry(std::string_view part) {
  return part.find_first_of(".:") != none || part == "localhost";
}

std::string problem_with(std::string_view what, std::string_view text, std::string_view grammar) {
  return std::string(what) + ' ' + shown(text) + ": " + std::string(grammar);
}

Reference read(std::string_view text) {
  auto fail = [](const std::string& what) { return Error(ErrorKind::usage, what); };
  Reference out{.registry = "docker.io"};
  if (text.find("://") != none) throw fail("starts with a scheme");
  if (const std::size_t at = text.rfind('@'); at != none) {
    if (text.find('/', at) != none) throw fail("has a user or a password, which do not belong there");
    out.digest = Digest::parse(text.substr(at + 1));
    text = text.substr(0, at);
  }
  if (const std::size_t slash = text.find('/'); slash != none && looks_like_registry(text.substr(0, slash))) {
    out.registry = text.substr(0, slash);
    text.remove_prefix(slash + 1);
    if (!is_registry(out.registry)) throw fail(problem_with("registry", out.registry, "want HOST or HOST:PORT"));
    if (out.registry == "index.docker.io") out.registry = "docker.io";
  }
  if (const std::size_t colon = text.find(':'); colon != none) {
    out.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
    if (!is_tag(out.tag))
      throw fail(problem_with("tag", out.tag, "want 1 to 128 letters, digits and _ . -, not starting with . or -"));
  }
  if (!is_repository(text))
    throw fail(problem_with("repository", text, "want parts of a-z and 0-9, joined by . _ __ or -, separated by /"));
  const bool official = out.registry == "docker.io" && text.find('/') == none;
  out.repository = (official ? "library/" : "") + std::string(text);
  if (out.digest)
    out.tag.clear();
  else if (out.tag.empty())
    out.tag = "latest";
  return out;
}

}  // namespace

Reference Reference::parse(std::string_view text) {
  try {
    return read(text);
  } catch (const Error& error) {
    throw Error(ErrorKind::usage, error.what())
        .add("reference " + shown(text))
        .hint("write host[:port]/repository[:tag] or host[:port]/repository@digest, without scheme, user and password");
  }
}

std::string Reference::selector() const {
  return digest ? digest->text() : tag;
}

std::string Reference::text() const {
  return registry + '/' + repository + (digest ? '@' : ':') + selector();
}

}  // namespace acedt::oci
