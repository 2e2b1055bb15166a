#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace acedt::net {

/// Files of certificates that count beside the system's, for a run.
struct CertificateFiles {
  std::vector<std::filesystem::path> authorities = {};  ///< PEM; trusted for every host
  std::vector<std::filesystem::path> folders = {};      ///< as /etc/docker/certs.d: with a folder for each host[:port]
};

/// The certificates in a host's folder of certs.d, by the names that docker, podman, containerd and ace-dt give them.
struct HostCertificates {
  struct Client {
    std::filesystem::path certificate;
    std::filesystem::path key;

    bool operator==(const Client&) const = default;
  };
  std::filesystem::path folder = {};
  std::vector<std::filesystem::path> authorities = {};  ///< *.crt and ca.pem: trusted for this host only
  std::optional<Client> client = {};                    ///< NAME.cert and NAME.key, else cert.pem and key.pem

  bool operator==(const HostCertificates&) const = default;
};

/// What of `names`, the files in `folder`, counts; of several clients' certificates the first by name. Throws
/// Error(usage) for a certificate without its key and the other way round.
HostCertificates host_certificates(const std::filesystem::path& folder, std::vector<std::string> names);

/// Those of the first host that has some, in the first of `folders`; nothing where none has. One of `folders` that may
/// not be searched counts as empty, as /etc/docker of other users is; a host's own throws Error(usage) then.
std::optional<HostCertificates> find_host_certificates(const std::vector<std::filesystem::path>& folders,
                                                       const std::vector<std::string>& hosts);

}  // namespace acedt::net
