#include "acedt/net/certificates.hpp"

#include <algorithm>
#include <set>
#include <system_error>

#include "acedt/base/error.hpp"

namespace acedt::net {
namespace {

namespace fs = std::filesystem;

/// The name without `ending`; nothing where it has another one, or nothing before it.
std::optional<std::string> stem(const std::string& name, const std::string& ending) {
  if (!name.ends_with(ending) || name.size() == ending.size()) return std::nullopt;
  return name.substr(0, name.size() - ending.size());
}

/// Throws where one of two that belong together is there without the other.
bool both(const std::set<std::string>& names, const fs::path& folder, const std::string& certificate,
          const std::string& key) {
  const bool has_certificate = names.contains(certificate);
  const bool has_key = names.contains(key);
  if (has_certificate == has_key) return has_certificate;
  if (has_certificate)
    throw Error(ErrorKind::usage, (folder / certificate).string() + ": its key, " + key + ", is missing")
        .hint("put the key beside it; the certificate of an authority is to be called ca.crt");
  throw Error(ErrorKind::usage, (folder / key).string() + ": its certificate, " + certificate + ", is missing")
      .hint("put the certificate beside it");
}

/// Nothing where there is no such folder, or the one that it is in may not be searched, as /etc/docker of other users.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ec;
  if (!fs::exists(fs::symlink_status(folder, ec))) return names;
  for (fs::directory_iterator entry(folder, ec); !ec && entry != fs::directory_iterator(); entry.increment(ec))
    names.push_back(entry->path().filename().string());
  if (!ec || ec == std::errc::no_such_file_or_directory || ec == std::errc::not_a_directory) return names;
  throw Error(ErrorKind::usage, folder.string() + ": the certificates for this host cannot be read: " + ec.message())
      .hint("let this user list the folder, or remove it");
}

}  // namespace

HostCertificates host_certificates(const fs::path& folder, std::vector<std::string> names) {
  const std::set<std::string> sorted(names.begin(), names.end());
  HostCertificates found{folder};
  for (const std::string& name : sorted) {
    if (name == "ca.pem" || stem(name, ".crt")) found.authorities.push_back(folder / name);
    std::optional<std::string> client = stem(name, ".cert");
    if (!client) client = stem(name, ".key");
    if (!client || !both(sorted, folder, *client + ".cert", *client + ".key") || found.client) continue;
    found.client = {folder / (*client + ".cert"), folder / (*client + ".key")};
  }
  if (both(sorted, folder, "cert.pem", "key.pem") && !found.client)
    found.client = {folder / "cert.pem", folder / "key.pem"};
  return found;
}

std::optional<HostCertificates> find_host_certificates(const std::vector<fs::path>& folders,
                                                       const std::vector<std::string>& hosts) {
  for (const std::string& host : hosts) {
    if (host.empty() || host.find('/') != host.npos) continue;
    for (const fs::path& folder : folders) {
      HostCertificates found = host_certificates(folder / host, names_in(folder / host));
      if (found.client || !found.authorities.empty()) return found;
    }
  }
  return std::nullopt;
}

}  // namespace acedt::net
