#include "acedt/net/tls.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "acedt/net/connection.hpp"
#include "net/authority.hpp"
#include "net/greet.hpp"
#include "net/streams.hpp"
#include "support/failure.hpp"
#include "support/run.hpp"
#include "support/scratch.hpp"
#include "tools/registry/registry.hpp"

using namespace acedt;
using acedt::async::awaitable;
using testing::Authority;
using testing::Certificate;
using testing::greet;
using testing::Registry;
using testing::Scratch;

namespace {

Registry serving(const Certificate& certificate) {
  return Registry(testing::Options{.tls = certificate});
}

/// Why greeting `target` fails, with `files`; nothing where it does not.
std::optional<Error> problem(const net::Target& target, const net::CertificateFiles& files) {
  std::optional<Error> found;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    try {
      co_await greet(executor, target, std::make_shared<net::Tls>(files));
    } catch (const Error& error) {
      found = error;
    }
  });
  return found;
}

std::string what(const std::optional<Error>& error) {
  return error ? error->what() : "no error";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an authority of --ca-file is trusted, whichever of its file it is") {
  const Scratch scratch;
  const Authority authority;
  const Authority other("another authority");
  const Registry registry = serving(authority.issue({}));
  const net::Target target{{true, "127.0.0.1", registry.port()}};
  const auto bundle = scratch.file("bundle.pem", "# all\n" + other.certificate() + authority.certificate());
  CHECK_FALSE(problem(target, {.authorities = {bundle}}));
  CHECK(problem(target, {.authorities = {scratch.file("other.pem", other.certificate())}}));
}

TEST_CASE("an authority in certs.d is trusted for its host only") {
  const Scratch scratch;
  const Authority authority;
  const Registry registry = serving(authority.issue({}));
  const net::Target target{{true, "127.0.0.1", registry.port()}};
  const net::Target same_place{{true, "localhost", registry.port()}};
  std::filesystem::create_directory(scratch / target.origin.authority());
  scratch.file(target.origin.authority() + "/ca.crt", authority.certificate());
  const net::CertificateFiles files{.folders = {scratch.path()}};
  CHECK_FALSE(problem(target, files));
  CHECK(problem(same_place, files));
  net::Target led_there = same_place;
  led_there.registry = target.origin.authority();
  CHECK_FALSE(problem(led_there, files));
}

TEST_CASE("what is wrong with a server's certificate is said, with the host and what to do") {
  struct Case {
    Authority::Wanted certificate;
    bool known_authority;
    std::string what;
    std::string hint;
  };
  const std::vector<Case> cases = {
      {{.subject = "old", .begins = -20, .ends = -10}, true, " expired on 2", "renewed"},
      {{.subject = "new", .begins = 10}, true, " is not valid before 2", "clock"},
      {{.names = "DNS:a.example,DNS:*.b.example,IP:10.0.0.1"},
       true,
       " is for a.example, *.b.example, 10.0.0.1 and not for 127.0.0.1",
       "reach the server by a name in its certificate"},
      {{.names = ""}, true, " is for no name (its subject, which does not count, is CN=server)", "reach the server"},
      {{.names = "DNS:a,DNS:b,DNS:c,DNS:d,DNS:e,DNS:f"}, true, "a, b, c, d, e and others and not", "reach"},
      {{},
       false,
       " is of an authority unknown here, CN=test authority (subject CN=server, issuer CN=test authority, valid "
       "until 2",
       "--ca-file FILE, as /etc/docker/certs.d/127.0.0.1:"},
      {{.subject = "\x1b[31mred"}, false, "subject CN=\\1B[31mred", "--ca-file"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    const Scratch scratch;
    const Authority authority;
    const Registry registry = serving(authority.issue(one.certificate));
    const net::Target target{{true, "127.0.0.1", registry.port()}};
    net::CertificateFiles files;
    if (one.known_authority) files.authorities.push_back(scratch.file("ca.pem", authority.certificate()));
    const auto error = problem(target, files);
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::unreachable);
    CHECK(contains(what(error), "certificate not trusted: that of " + target.origin.authority() + " "));
    INFO(what(error));
    CHECK(contains(what(error), one.what));
    INFO(error->hint());
    CHECK(contains(error->hint(), one.hint));
  }
}

TEST_CASE("a certificate that signs itself is called that") {
  const Registry registry = serving(Certificate::self_signed());
  const auto error = problem({{true, "127.0.0.1", registry.port()}}, {});
  CHECK(contains(what(error), " is self-signed (subject CN=localhost, issuer CN=localhost, valid until 2"));
}

TEST_CASE("files that are no certificates or keys, or not of one another, are errors that name them") {
  const Scratch scratch;
  const Authority authority;
  const Certificate client = authority.issue({.subject = "me"});
  const Certificate another = authority.issue({.subject = "you"});
  const auto with_authority = [&](const std::string& text) {
    return testing::failure(ErrorKind::usage, [&] { net::Tls({.authorities = {scratch.file("ca.pem", text)}}); });
  };
  const auto with_client = [&](const std::string& certificate, const std::string& key) {
    std::filesystem::create_directory(scratch / "host");
    scratch.file("host/me.cert", certificate);
    scratch.file("host/me.key", key);
    net::Tls tls({.folders = {scratch.path()}});
    return testing::failure(ErrorKind::usage, [&] { tls.context({{true, "host", 443}}); });
  };
  const std::string ca = (scratch / "ca.pem").string();
  const std::string key = (scratch / "host/me.key").string();
  CHECK(with_authority("") == ca + ": no certificate in it");
  CHECK(with_authority("garbage") == ca + ": no certificate in it");
  CHECK(contains(with_authority("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), ca + ": "));
  CHECK(with_client(client.certificate, another.key) == key + ": not the key of me.cert beside it");
  CHECK(contains(with_client(client.certificate, "none"), key + ": not a key in PEM form"));
  CHECK(contains(with_client("none", client.key), "me.cert: not a certificate in PEM form"));
  testing::failure(ErrorKind::storage, [&] { net::Tls({.authorities = {scratch / "nowhere.pem"}}); });
}

namespace {

/// `stream`, as one whose bytes are not those of a socket: like the connection to a proxy that speaks TLS.
class Wrapped : public net::Stream {
 public:
  explicit Wrapped(std::unique_ptr<net::Stream> stream) : stream_(std::move(stream)) {}
  awaitable<std::size_t> read_some(std::span<std::byte> buffer) override {
    return stream_->read_some(buffer.first(std::min<std::size_t>(buffer.size(), 7)));
  }
  awaitable<void> write_all(std::span<const std::byte> bytes) override { return stream_->write_all(bytes); }
  void close() noexcept override { stream_->close(); }

 private:
  std::unique_ptr<net::Stream> stream_;
};

}  // namespace

TEST_CASE("TLS goes over any stream, to the end of it") {
  const Scratch scratch;
  const Authority authority;
  const Registry registry = serving(authority.issue({}));
  testing::run([&](async::Executor executor) -> awaitable<void> {
    net::Tls tls({.authorities = {scratch.file("ca.pem", authority.certificate())}});
    const net::Target target{{true, "127.0.0.1", registry.port()}};
    net::Dialer dialer(executor, {}, nullptr);
    net::Target plain = target;
    plain.origin.tls = false;
    auto tcp = co_await dialer.dial(plain);
    auto stream = co_await net::tls_stream(std::make_unique<Wrapped>(std::move(tcp)), tls, target, false);
    net::Connection connection(executor, std::move(stream), target, {});
    http::Request request{"GET", "/v2/"};
    request.fields.add("Connection", "close");
    const http::ResponseHead head = co_await connection.exchange(request);
    CHECK(head.status == 200);
    auto piece = co_await connection.read();
    while (!piece.empty()) piece = co_await connection.read();
  });
}
