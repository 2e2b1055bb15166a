#include "acedt/net/tls.hpp"

#include <doctest/doctest.h>
#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>
#include <asio/ssl/stream.hpp>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
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

/// Why greeting `target` fails, with `files`; nothing where it does not. `warnings`: receives those.
std::optional<Error> problem(const net::Target& target, const net::CertificateFiles& files,
                             std::vector<std::string>* warnings = nullptr) {
  std::optional<Error> found;
  const auto warn = [warnings](const std::string& text) {
    if (warnings != nullptr) warnings->push_back(text);
  };
  testing::run([&](async::Executor executor) -> awaitable<void> {
    try {
      co_await greet(executor, target, std::make_shared<net::Tls>(files, warn));
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

/// A variable of the environment, for as long as it is there.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

const std::string broken = "-----BEGIN CERTIFICATE-----\ngarbage\n-----END CERTIFICATE-----\n";

}  // namespace

TEST_CASE("a certificate that is named is trusted, be it an intermediate authority or the server's own") {
  const Scratch scratch;
  const Authority root("root");
  const Authority intermediate("intermediate", &root);
  const Certificate server = intermediate.issue({});
  const Registry registry = serving(server);
  const net::Target target{{true, "127.0.0.1", registry.port()}};
  std::filesystem::create_directories(scratch / "certs.d" / target.origin.authority());
  CHECK(problem(target, {.authorities = {scratch.file("root.pem", root.certificate())}}));  // a link is missing
  for (const std::string& named : {intermediate.certificate(), server.certificate}) {
    const auto file = scratch.file("named.pem", named);
    CHECK_FALSE(problem(target, {.authorities = {file}}));
    const Variable variable("SSL_CERT_FILE", file);
    CHECK_FALSE(problem(target, {}));
    scratch.file("certs.d/" + target.origin.authority() + "/ca.crt", named);
    const Variable nobody("SSL_CERT_FILE", scratch.file("empty.pem", ""));
    CHECK_FALSE(problem(target, {.folders = {scratch / "certs.d"}}));
  }
  const Authority stranger("intermediate");
  CHECK(problem(target, {.authorities = {scratch.file("stranger.pem", stranger.certificate())}}));
}

TEST_CASE("all files in the folders of SSL_CERT_DIR count, whatever their names") {
  const Scratch scratch;
  const Authority authority;
  const Authority other("another authority");
  const Registry registry = serving(authority.issue({}));
  const net::Target target{{true, "127.0.0.1", registry.port()}};
  std::filesystem::create_directories(scratch / "one/folder");
  std::filesystem::create_directory(scratch / "two");
  scratch.file("one/other.pem", other.certificate());
  scratch.file("one/README", "what is here");
  scratch.file("two/our authority", broken + authority.certificate());
  std::vector<std::string> warnings;
  {
    const Variable folder("SSL_CERT_DIR", scratch / "one");
    CHECK(problem(target, {}, &warnings));
    CHECK(warnings.empty());
  }
  const Variable folders("SSL_CERT_DIR", (scratch / "one").string() + ":" + (scratch / "two").string());
  CHECK_FALSE(problem(target, {}, &warnings));
  REQUIRE(warnings.size() == 1);
  CHECK(contains(warnings[0], (scratch / "two/our authority").string() + ": "));
}

TEST_CASE("a missing file in SSL_CERT_FILE or SSL_CERT_DIR is a warning") {
  const Scratch scratch;
  const Authority authority;
  const Registry registry = serving(authority.issue({}));
  const net::Target target{{true, "127.0.0.1", registry.port()}};
  const Variable file("SSL_CERT_FILE", scratch / "nowhere.pem");
  const Variable folder("SSL_CERT_DIR", scratch / "nowhere");
  std::vector<std::string> warnings;
  CHECK_FALSE(problem(target, {.authorities = {scratch.file("ca.pem", authority.certificate())}}, &warnings));
  REQUIRE(warnings.size() == 2);
  CHECK(contains(warnings[0], "SSL_CERT_FILE: "));
  CHECK(contains(warnings[1], "SSL_CERT_DIR: "));
}

TEST_CASE("a broken certificate in a bundle costs a warning, and the others count") {
  const Scratch scratch;
  const Authority authority;
  const Authority other("another authority");
  const Registry registry = serving(authority.issue({}));
  const net::Target target{{true, "127.0.0.1", registry.port()}};
  const std::string good = authority.certificate();
  const std::string headless = good.substr(good.find('\n') + 1);
  const std::string endless = other.certificate().substr(0, other.certificate().find("-----END"));
  for (const std::string& bundle : {broken + good, good + broken, endless + good, "\xef\xbb\xbf" + broken + good}) {
    CAPTURE(bundle);
    std::vector<std::string> warnings;
    const auto file = scratch.file("bundle.pem", other.certificate() + bundle);
    CHECK_FALSE(problem(target, {.authorities = {file}}, &warnings));
    REQUIRE(warnings.size() == 1);
    CHECK(contains(warnings[0], file.string() + ": of its 3 certificates, these cannot be read: number "));
  }
  const auto nothing = scratch.file("broken.pem", broken + broken);
  const std::string failure = testing::failure(ErrorKind::usage, [&] { net::Tls({.authorities = {nothing}}); });
  CHECK(contains(failure, nothing.string() + ": none of its certificates can be read"));
  testing::failure(ErrorKind::usage, [&] { net::Tls({.authorities = {scratch.file("headless.pem", headless)}}); });
}

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

TEST_CASE("the error about a server's certificate names the fault, the host and a remedy") {
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
  awaitable<std::size_t> write_some(std::span<const std::byte> bytes) override { return stream_->write_some(bytes); }
  void close() noexcept override { stream_->close(); }
  bool quiet() noexcept override { return stream_->quiet(); }

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

namespace {

/// A server that sends nothing but session tickets after the handshake, as fast as they are taken.
class TicketFlood {
 public:
  explicit TicketFlood(const Certificate& certificate) : tls_(asio::ssl::context::tls_server) {
    tls_.use_certificate_chain(asio::buffer(certificate.certificate));
    tls_.use_private_key(asio::buffer(certificate.key), asio::ssl::context::pem);
    thread_ = std::thread([this] { serve(); });
  }
  TicketFlood(const TicketFlood&) = delete;
  TicketFlood& operator=(const TicketFlood&) = delete;
  ~TicketFlood() { thread_.join(); }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void serve() {
    asio::ssl::stream<asio::ip::tcp::socket> stream(acceptor_.accept(), tls_);
    std::error_code ec;
    stream.handshake(asio::ssl::stream_base::server, ec);
    while (!ec && SSL_new_session_ticket(stream.native_handle()) == 1)
      stream.handshake(asio::ssl::stream_base::server, ec);
  }

  asio::io_context context_;
  asio::ssl::context tls_;
  asio::ip::tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

}  // namespace

TEST_CASE("a server that sends empty TLS records blocks neither its connection nor the thread for ever") {
  const TicketFlood server(Certificate::self_signed());
  std::string failure;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    net::Timeouts timeouts;
    timeouts.stall = std::chrono::milliseconds(100);
    net::Target target{{true, "127.0.0.1", server.port()}};
    target.verify = false;
    net::Dialer dialer(executor, {}, std::make_shared<net::Tls>());
    auto stream = co_await dialer.dial(target);
    net::Connection connection(executor, std::move(stream), target, timeouts);
    const http::Request request{"GET", "/v2/"};
    try {
      co_await connection.exchange(request);
    } catch (const Error& error) {
      failure = error.what();
    }
  });
  CHECK(failure == "no progress for 200ms");
}
