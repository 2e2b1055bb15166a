#include "acedt/registry/auth_files.hpp"

#include <algorithm>
#include <optional>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/text.hpp"
#include "registry/json_text.hpp"

namespace acedt::registry {
namespace {

constexpr Bytes max_file = 1_MiB;

std::optional<Credentials> read_if_there(const std::filesystem::path& file) {
  if (file == "/dev/null") return Credentials();  // a usual way to name no file
  std::string text;
  try {
    const std::optional<File> opened = File::open_if_there(file);
    if (!opened) return std::nullopt;
    if (opened->size() > max_file) throw Error(ErrorKind::storage, file.string() + ": larger than 1 MiB");
    text = opened->text();
  } catch (const Error& error) {
    throw Error(ErrorKind::unauthorized, std::string("credentials: ") + error.what())
        .hint("make it readable, or point REGISTRY_AUTH_FILE at another file");
  }
  return Credentials::parse(text, file.string());
}

const JsonNode* auths_of(const JsonNode& root) {
  const auto is_auths = [](const auto& member) { return member.key == "auths" && !member.value.is_null(); };
  const auto found = std::find_if(root.members.begin(), root.members.end(), is_auths);
  return found == root.members.end() ? nullptr : &found->value;
}

/// Returns `text` without the first entry that has the scope of `key`; unset if it has none.
std::optional<std::string> without_one(const std::string& text, std::string_view file, const AuthKey& key) {
  if (trim(text).empty()) return std::nullopt;
  const JsonNode root = parse_json(text, file);
  const auto means_it = [&](const auto& member) { return AuthKey::parse(member.key).scope == key.scope; };
  for (const auto& [name, begin, auths] : root.members) {
    if (name != "auths" || auths.is_null()) continue;
    const auto found = std::find_if(auths.members.begin(), auths.members.end(), means_it);
    if (found == auths.members.end()) continue;
    return without_member(text, auths, static_cast<std::size_t>(found - auths.members.begin()));
  }
  return std::nullopt;
}

/// An entry as docker writes it.
std::string entry_text(const Login& login) {
  if (login.empty()) return "{}";
  const std::string margin = "\n\t\t\t";
  const std::string auth = to_base64(as_bytes(login.user + ":" + login.password.reveal()));
  std::string text = "{" + margin + "\"auth\": \"" + auth + "\"";
  if (!login.identity_token.empty())
    text += "," + margin + "\"identitytoken\": \"" + json_escaped(login.identity_token.reveal()) + "\"";
  return text + "\n\t\t}";
}

}  // namespace

Credentials read_credentials(const AuthSearch& search) {
  Credentials credentials;
  for (const std::filesystem::path& file : search.files) {
    std::optional<Credentials> read;
    try {
      read = read_if_there(file);
    } catch (const Error& error) {
      if (!search.named_by.empty()) throw;
      read = Credentials::unreadable(error);
    }
    if (read) credentials.append(*read);
    if (read || search.named_by.empty()) continue;
    throw Error(ErrorKind::usage, search.named_by + ": no such file: " + file.string())
        .hint("log in with `ace-dt login REGISTRY`, which makes it, or unset " + search.named_by);
  }
  return credentials;
}

std::string with_entry(std::string_view json, std::string_view file, const AuthKey& key, const Login& login) {
  std::string text = trim(json).empty() ? "{}\n" : without_entry(json, file, key);
  JsonNode root = parse_json(text, file);
  if (auths_of(root) == nullptr) {
    text = with_member(text, root, "auths", "{}", 0);
    root = parse_json(text, file);
  }
  return with_member(text, *auths_of(root), key.text(), entry_text(login), 1);
}

std::string without_entry(std::string_view json, std::string_view file, const AuthKey& key) {
  Credentials::parse(json, file);  // throws if it is no auth file
  std::string text(json);
  while (const auto shorter = without_one(text, file, key)) text = *shorter;
  return text;
}

}  // namespace acedt::registry
