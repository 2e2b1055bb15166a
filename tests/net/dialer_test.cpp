#include "acedt/net/dialer.hpp"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <netdb.h>
#include <asio/ip/tcp.hpp>

#include <cstdlib>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <string>

#include "net/greet.hpp"
#include "support/run.hpp"
#include "support/scratch.hpp"
#include "tools/registry/registry.hpp"

using namespace acedt;
using acedt::async::awaitable;
using testing::Certificate;
using testing::greet;
using testing::Registry;

namespace {

net::Target at(std::uint16_t port, bool tls, std::string host = "127.0.0.1") {
  return {{tls, std::move(host), port}};
}

int greeting(const net::Target& target) {
  int status = 0;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    status = co_await greet(executor, target, std::make_shared<net::Tls>());
  });
  return status;
}

/// The Failure that greeting `target` ends in.
template <class Failure>
Failure refusal(const net::Target& target) {
  try {
    greeting(target);
  } catch (const Failure& failure) {
    return failure;
  }
  throw std::logic_error("no such failure");
}

/// SSL_CERT_FILE for as long as it is there.
class TrustedRoot {
 public:
  explicit TrustedRoot(const std::string& certificate) {
    ::setenv("SSL_CERT_FILE", scratch_.file("root.pem", certificate).c_str(), 1);
  }
  TrustedRoot(const TrustedRoot&) = delete;
  TrustedRoot& operator=(const TrustedRoot&) = delete;
  ~TrustedRoot() { ::unsetenv("SSL_CERT_FILE"); }

 private:
  testing::Scratch scratch_;
};

}  // namespace

TEST_CASE("a server is reached without TLS, by address and by name") {
  const Registry registry;
  CHECK(greeting(at(registry.port(), false)) == 200);
  CHECK(greeting(at(registry.port(), false, "localhost")) == 200);
}

TEST_CASE("a port without a listener is a transport error") {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  const std::uint16_t port = acceptor.local_endpoint().port();
  acceptor.close();
  const Error error = refusal<Error>(at(port, false));
  CHECK(error.kind() == ErrorKind::transport);
  CHECK(std::string(error.what()) == "connect to 127.0.0.1: Connection refused");
}

namespace {

/// Why dialling fails where somebody takes connections and says nothing. `proxy`: its URL, up to the host.
std::string failure_with_silence(const std::string& proxy) {
  std::string failure;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    asio::ip::tcp::acceptor silent(executor, {asio::ip::address_v4::loopback(), 0});
    const std::uint16_t port = silent.local_endpoint().port();
    http::ProxyRules proxies;
    if (!proxy.empty()) proxies = http::ProxyRules({.https = proxy + "127.0.0.1:" + std::to_string(port)});
    net::Timeouts timeouts;
    timeouts.stall = std::chrono::milliseconds(10);
    net::Dialer dialer(executor, timeouts, std::make_shared<net::Tls>(), proxies);
    const net::Target target = proxy.empty() ? at(port, true) : at(443, true, "reg.example");
    try {
      co_await dialer.dial(target);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::transport);
      failure = error.what();
    }
  });
  return failure.substr(failure.rfind(": ") == failure.npos ? 0 : failure.rfind(": ") + 2);
}

/// Blocks the look-up of one name until it is let go.
struct Resolver {
  const std::string name = "hangs.example";
  std::binary_semaphore let_go{0};
};

Resolver resolver;

}  // namespace

/// In place of that of the C library.
extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
  static const auto library = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (host != nullptr && host == resolver.name) {
    resolver.let_go.acquire();
    return EAI_NONAME;
  }
  return library(host, service, hints, result);
}

TEST_CASE("a server or proxy that accepts connections and stays silent is given up, at every stage") {
  CHECK(failure_with_silence("") == "TLS handshake took longer than 20ms");
  CHECK(failure_with_silence("https://") == "TLS handshake took longer than 20ms");
  CHECK(failure_with_silence("http://") == "opening a tunnel took longer than 20ms");
  CHECK(failure_with_silence("socks5://") == "opening a tunnel took longer than 20ms");
}

TEST_CASE("a resolver that hangs is given up") {
  testing::run([&](async::Executor executor) -> awaitable<void> {
    net::Timeouts timeouts;
    timeouts.connect = std::chrono::seconds(0);
    net::Dialer dialer(executor, timeouts, std::make_shared<net::Tls>());
    std::string failure;
    try {
      co_await dialer.dial(at(443, true, resolver.name));
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::transport);
      failure = error.what();
    }
    CHECK(failure == "looking up hangs.example took longer than 0s");
    resolver.let_go.release();
  });
}

TEST_CASE("an idle connection is quiet until the server ends it") {
  for (const bool tls : {false, true}) {
    testing::Options options;
    if (tls) options.tls = Certificate::self_signed();
    std::optional<Registry> registry(std::in_place, options);
    testing::run([&](async::Executor executor) -> awaitable<void> {
      net::Target target = at(registry->port(), tls);
      target.verify = false;
      net::Dialer dialer(executor, {}, std::make_shared<net::Tls>());
      auto stream = co_await dialer.dial(target);
      net::Connection connection(executor, std::move(stream), target, {});
      const http::Request request{"GET", "/v2/"};
      co_await connection.exchange(request);
      auto piece = co_await connection.read();
      while (!piece.empty()) piece = co_await connection.read();
      CHECK(connection.reusable());
      CHECK(connection.quiet());
      registry.reset();
      CHECK_FALSE(connection.quiet());
    });
  }
}

TEST_CASE("a server that answers a TLS greeting with HTTP does not speak TLS") {
  const Registry registry;
  const auto error = refusal<net::NotTls>(at(registry.port(), true));
  CHECK(error.on_loopback());
  CHECK(error.hint().find("http://") != std::string::npos);
}

TEST_CASE("a server that hangs up on a TLS greeting does not speak TLS") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    asio::ip::tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), 0});
    const std::uint16_t port = acceptor.local_endpoint().port();
    acceptor.async_accept([](const std::error_code&, asio::ip::tcp::socket socket) {
      socket.shutdown(asio::ip::tcp::socket::shutdown_send);
    });
    bool refused = false;
    try {
      co_await greet(executor, at(port, true), std::make_shared<net::Tls>());
    } catch (const Error&) {
      refused = true;
    }
    CHECK(refused);
  });
}

TEST_CASE("a certificate of an unknown authority is refused, with a hint that names SSL_CERT_FILE") {
  const Registry registry(testing::Options{.tls = Certificate::self_signed()});
  const Error error = refusal<Error>(at(registry.port(), true));
  CHECK(error.kind() == ErrorKind::unreachable);
  CHECK(std::string(error.what()).find("certificate not trusted") != std::string::npos);
  CHECK(error.hint().find("SSL_CERT_FILE") != std::string::npos);
}

TEST_CASE("without verification any certificate is accepted") {
  const Registry registry(testing::Options{.tls = Certificate::self_signed()});
  net::Target target = at(registry.port(), true);
  target.verify = false;
  CHECK(greeting(target) == 200);
}

TEST_CASE("a certificate in SSL_CERT_FILE is trusted, for the hosts that it names") {
  const Certificate certificate = Certificate::self_signed();  // for localhost and 127.0.0.1
  const TrustedRoot root(certificate.certificate);
  const Registry registry(testing::Options{.tls = certificate});
  CHECK(greeting(at(registry.port(), true)) == 200);
  CHECK(greeting(at(registry.port(), true, "localhost")) == 200);
  const Registry elsewhere(testing::Options{.bind = "127.0.0.2", .tls = certificate});
  const Error error = refusal<Error>(at(elsewhere.port(), true, "127.0.0.2"));
  CHECK(error.kind() == ErrorKind::unreachable);
}

TEST_CASE("the second connection to a server resumes the session of the first") {
  const Certificate certificate = Certificate::self_signed();
  const TrustedRoot root(certificate.certificate);
  const Registry registry(testing::Options{.tls = certificate});
  testing::run([&](async::Executor executor) -> awaitable<void> {
    const auto tls = std::make_shared<net::Tls>();
    for (int i = 0; i < 3; ++i) {
      const int status = co_await greet(executor, at(registry.port(), true), tls);
      CHECK(status == 200);
    }
    net::Target unverified = at(registry.port(), true);
    unverified.verify = false;
    co_await greet(executor, unverified, tls);  // has no session yet
  });
  CHECK(registry.stats().connections == 4);
  CHECK(registry.stats().resumed_sessions == 2);
}
