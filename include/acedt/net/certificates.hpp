#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace acedt::net {

/// The certificates that a run uses in addition to those of the system.
struct CertificateFiles {
  std::vector<std::filesystem::path> authorities = {};  ///< PEM; trusted for every host
  std::vector<std::filesystem::path> folders = {};  ///< like /etc/docker/certs.d: with a folder for each host[:port]
};

/// The certificates in the folder of one host, found by the file names of docker, podman, containerd and ace-dt.
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

/// Picks the certificates from `names`, the files in `folder`; of several client certificates the first by name. Throws
/// Error(usage) for a client certificate without its key, and for a key without its certificate.
HostCertificates host_certificates(const std::filesystem::path& folder, std::vector<std::string> names);

/// The certificates of the first of `hosts` that has any, in the first of `folders` that has them; unset if there are
/// none. One of `folders` that may not be read, such as another user's, counts as empty. Throws Error(usage) if the
/// folder of a host may not be read.
std::optional<HostCertificates> find_host_certificates(const std::vector<std::filesystem::path>& folders,
                                                       const std::vector<std::string>& hosts);

}  // namespace acedt::net
