#include "acedt/net/certificates.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "support/failure.hpp"
#include "support/scratch.hpp"

using namespace acedt;

namespace {

using Names = std::vector<std::string>;

Names file_names(const std::vector<std::filesystem::path>& files) {
  Names names;
  for (const auto& file : files) names.push_back(file.filename().string());
  return names;
}

/// "CERTIFICATE KEY", or nothing.
std::string client_of(const net::HostCertificates& found) {
  if (!found.client) return {};
  return found.client->certificate.filename().string() + " " + found.client->key.filename().string();
}

}  // namespace

TEST_CASE("the files of a host's folder count by the names that docker, podman and ace-dt give them") {
  struct Case {
    Names files;
    Names authorities;
    std::string client;
  };
  const std::vector<Case> cases = {
      {{}, {}, ""},
      {{"ca.crt"}, {"ca.crt"}, ""},
      {{"z.crt", "a.crt"}, {"a.crt", "z.crt"}, ""},
      {{"ca.pem"}, {"ca.pem"}, ""},
      {{"ca.pem", "ca.crt"}, {"ca.crt", "ca.pem"}, ""},
      {{"client.cert", "client.key"}, {}, "client.cert client.key"},
      {{"me.cert", "me.key", "ca.crt"}, {"ca.crt"}, "me.cert me.key"},
      {{"b.cert", "b.key", "a.cert", "a.key"}, {}, "a.cert a.key"},
      {{"cert.pem", "key.pem"}, {}, "cert.pem key.pem"},
      {{"cert.pem", "key.pem", "client.cert", "client.key"}, {}, "client.cert client.key"},
      {{"hosts.toml", "readme.txt", ".crt", "other.pem", "crt", "ca.crt.old"}, {}, ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.files);
    const net::HostCertificates found = net::host_certificates("/certs.d/host", one.files);
    CHECK(file_names(found.authorities) == one.authorities);
    CHECK(client_of(found) == one.client);
  }
}

TEST_CASE("a client's certificate without its key is an error, and the other way round") {
  const std::vector<std::pair<Names, std::string>> cases = {
      {{"client.cert"}, "/certs.d/h/client.cert: its key, client.key, is missing"},
      {{"client.key"}, "/certs.d/h/client.key: its certificate, client.cert, is missing"},
      {{"a.cert", "b.key"}, "/certs.d/h/a.cert: its key, a.key, is missing"},
      {{"cert.pem"}, "/certs.d/h/cert.pem: its key, key.pem, is missing"},
      {{"ca.pem", "key.pem"}, "/certs.d/h/key.pem: its certificate, cert.pem, is missing"},
  };
  for (const auto& [files, what] : cases) {
    const std::string failure =
        testing::failure(ErrorKind::usage, [&files = files] { net::host_certificates("/certs.d/h", files); });
    CHECK(failure == what);
  }
}

TEST_CASE("the first folder with certificates of a host is used, and of the next host where there is none") {
  const testing::Scratch scratch;
  const auto make = [&](const std::string& file) {
    std::filesystem::create_directories((scratch / file).parent_path());
    return scratch.file(file, "x");
  };
  make("one/reg.example/hosts.toml");
  const auto second = make("two/reg.example/ca.crt");
  make("three/reg.example/ca.crt");
  const auto with_port = make("three/[::1]:5000/ca.crt");
  make("three/loose.crt");
  const std::vector<std::filesystem::path> folders = {scratch / "none", scratch / "one", scratch / "two",
                                                      scratch / "three"};
  const auto found = [&](const Names& hosts) -> std::filesystem::path {
    const auto certificates = net::find_host_certificates(folders, hosts);
    return certificates ? certificates->authorities.front() : "";
  };
  CHECK(found({"reg.example"}) == second);
  CHECK(found({"token.example", "reg.example"}) == second);
  CHECK(found({"[::1]:5000", "reg.example"}) == with_port);
  CHECK(found({"reg.example:5000"}) == "");
  CHECK(found({""}) == "");
  CHECK(found({"../three"}) == "");
}

TEST_CASE("a host's folder that cannot be read is an error, and none is none") {
  const testing::Scratch scratch;
  std::filesystem::create_symlink("reg.example", scratch / "reg.example");  // to itself
  scratch.file("file.example", "x");
  const std::vector<std::filesystem::path> folders = {scratch.path()};
  const std::string text =
      testing::failure(ErrorKind::usage, [&] { net::find_host_certificates(folders, {"reg.example"}); });
  CHECK(text.starts_with((scratch / "reg.example").string() + ": the certificates for this host cannot be read: "));
  CHECK_FALSE(net::find_host_certificates(folders, {"file.example"}));
  CHECK_FALSE(net::find_host_certificates(folders, {"other.example"}));
}
