#include "acedt/http/proxy.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "support/failure.hpp"

using namespace acedt;

namespace {

/// The proxy for `url`, "-" for none.
std::string proxy_of(const http::ProxyRules& rules, const std::string& url) {
  const http::Proxy* const proxy = rules.find(http::Url::parse(url).origin);
  return proxy == nullptr ? "-" : proxy->text();
}

bool is_excepted(const std::string& none, const std::string& url) {
  return proxy_of(http::ProxyRules({.http = "p:1", .https = "p:1", .none = none}), url) == "-";
}

}  // namespace

TEST_CASE("a proxy's URL gives its protocol, its address and the login for it") {
  struct Case {
    std::string url;
    std::string text;
    std::string user = {};
    std::string password = {};
    bool tls = false;
  };
  const std::vector<Case> cases = {
      {"http://proxy.example:3128", "http://proxy.example:3128"},
      {"http://proxy.example", "http://proxy.example"},
      {"http://proxy.example:3128/", "http://proxy.example:3128"},
      {"proxy.example:3128", "http://proxy.example:3128"},
      {"HTTP://PROXY.example:3128", "http://proxy.example:3128"},
      {"https://proxy.example", "https://proxy.example", "", "", true},
      {"http://[::1]:3128", "http://[::1]:3128"},
      {"http://me:secret@proxy.example:3128", "http://proxy.example:3128", "me", "secret"},
      {"http://me@proxy.example", "http://proxy.example", "me", ""},
      {"me:secret@proxy.example:3128", "http://proxy.example:3128", "me", "secret"},
      {"http://me:p%40ss%3a%2F@proxy.example", "http://proxy.example", "me", "p@ss:/"},
      {"http://me:100%@proxy.example", "http://proxy.example", "me", "100%"},
      {"http://me:a@b@proxy.example", "http://proxy.example", "me", "a@b"},
      {"socks5://proxy.example", "socks5://proxy.example:1080"},
      {"socks5h://proxy.example:9050", "socks5://proxy.example:9050"},
      {"socks5://me:secret@[::1]", "socks5://[::1]:1080", "me", "secret"},
      {"socks5://proxy.example:80", "socks5://proxy.example:80"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.url);
    const http::Proxy proxy = http::Proxy::parse(one.url);
    CHECK(proxy.text() == one.text);
    CHECK(proxy.user == one.user);
    CHECK(proxy.password.reveal() == one.password);
    CHECK(proxy.origin.tls == one.tls);
  }
}

TEST_CASE("an invalid proxy URL is an error that does not show the password") {
  for (const std::string url :
       {"ftp://me:secret@proxy", "http://me:secret@", "http://me:secret@proxy:0x50", "socks4://me:secret@proxy",
        "http://me:secret@proxy:99999", "://me:secret@proxy", "me:secret://x@proxy"}) {
    CAPTURE(url);
    const std::string what = testing::failure(ErrorKind::usage, [&] { http::ProxyRules({.https = url}); });
    CHECK(what.starts_with("HTTPS_PROXY: proxy "));
    CHECK(what.find("secret") == std::string::npos);
  }
}

TEST_CASE("a character that a password must not have is named with what to write, and no part of the password") {
  for (const std::string url : {"http://user:se#cret@proxy:1", "http://user:se/cret@proxy:1",
                                "http://user:se?cret@proxy:1", "http://12#3@proxy:1"}) {
    CAPTURE(url);
    try {
      http::Proxy::parse(url);
      FAIL_CHECK("no error");
    } catch (const Error& error) {
      const std::string what = error.what();
      CHECK_MESSAGE(what.find("cret") == what.npos, what);
      CHECK_MESSAGE(what.find("user") == what.npos, what);
      CHECK_MESSAGE(what.find("12") == what.npos, what);
      CHECK(error.hint().find("%23") != std::string::npos);
    }
  }
}

TEST_CASE("each scheme has its proxy, and the one for all where it has none") {
  const std::string plain = "http://reg.example/";
  const std::string tls = "https://reg.example/";
  const http::ProxyRules none;
  CHECK(proxy_of(none, plain) == "-");
  CHECK(proxy_of(none, tls) == "-");
  const http::ProxyRules only_http({.http = "h:1"});
  CHECK(proxy_of(only_http, plain) == "http://h:1");
  CHECK(proxy_of(only_http, tls) == "-");
  const http::ProxyRules all({.https = "s:1", .all = "socks5://a:1"});
  CHECK(proxy_of(all, plain) == "socks5://a:1");
  CHECK(proxy_of(all, tls) == "http://s:1");
}

TEST_CASE("loopback hosts are reached without a proxy") {
  for (const std::string host : {"localhost", "127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]"})
    CHECK(is_excepted("", "https://" + host + ":5000/"));
  for (const std::string host : {"0.0.0.0", "128.0.0.1", "[::2]", "localhost.example", "10.0.0.1"})
    CHECK_FALSE(is_excepted("", "https://" + host + ":5000/"));
}

TEST_CASE("NO_PROXY names hosts as Go reads it") {
  struct Case {
    std::string none;
    std::string host;
    bool excepted;
  };
  const std::vector<Case> cases = {
      {"", "reg.example", false},
      {"*", "reg.example", true},
      {"reg.example", "reg.example", true},
      {"REG.Example", "reg.example", true},
      {"reg.example", "a.reg.example", true},
      {"reg.example", "areg.example", false},
      {"reg.example", "reg.example.org", false},
      {".example", "reg.example", true},
      {".example", "a.b.example", true},
      {".example", "example", false},
      {"*.example", "reg.example", true},
      {"*.example", "example", false},
      {"example", "reg.example", true},
      {"a.example,reg.example", "reg.example", true},
      {" a.example , reg.example ", "reg.example", true},
      {"a.example reg.example", "reg.example", true},
      {",,", "reg.example", false},
      {"reg.example:443", "reg.example", true},
      {"reg.example:5000", "reg.example", false},
      {"reg.example:5000", "reg.example:5000", true},
      {".example:5000", "reg.example:5000", true},
      {"reg.example:x", "reg.example", false},
      {":443", "reg.example", false},
      {"10.1.2.3", "10.1.2.3", true},
      {"10.1.2.3", "10.1.2.30", false},
      {"10.1.2.3:5000", "10.1.2.3:5000", true},
      {"10.1.2.3:5000", "10.1.2.3", false},
      {"10.0.0.0/8", "10.1.2.3", true},
      {"10.0.0.0/8", "11.1.2.3", false},
      {"10.1.2.0/23", "10.1.3.4", true},
      {"10.1.2.0/23", "10.1.4.4", false},
      {"10.0.0.0/8", "reg.example", false},
      {"0.0.0.0/0", "10.1.2.3", true},
      {"0.0.0.0/0", "[2001:db8::1]", false},
      {"10.0.0.0/33", "10.1.2.3", false},
      {"10.0.0.0/x", "10.1.2.3", false},
      {"2001:db8::1", "[2001:db8::1]", true},
      {"2001:db8:0::1", "[2001:db8::1]", true},
      {"[2001:db8::1]:5000", "[2001:db8::1]:5000", true},
      {"[2001:db8::1]:5000", "[2001:db8::1]", false},
      {"2001:db8::/32", "[2001:db8:1::1]", true},
      {"2001:db8::/32", "[2001:db9::1]", false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.none);
    CAPTURE(one.host);
    CHECK(is_excepted(one.none, "https://" + one.host + "/") == one.excepted);
  }
}

TEST_CASE("a request that a proxy forwards names the whole URL, and carries the login") {
  const http::Origin origin{false, "reg.example", 5000};
  http::Request request{"GET", "/v2/?n=1"};
  request.fields.add("Accept", "x");
  CHECK(http::forwarded(request, origin, http::Proxy::parse("http://p:1")).serialize(origin.authority()) ==
        "GET http://reg.example:5000/v2/?n=1 HTTP/1.1\r\nHost: reg.example:5000\r\nAccept: x\r\n\r\n");
  CHECK(http::forwarded(request, origin, http::Proxy::parse("http://me:pw@p:1")).serialize(origin.authority()) ==
        "GET http://reg.example:5000/v2/?n=1 HTTP/1.1\r\nHost: reg.example:5000\r\nAccept: x\r\n"
        "Proxy-Authorization: Basic bWU6cHc=\r\n\r\n");
}

TEST_CASE("a tunnel is asked for by host and port") {
  const std::string agent = "User-Agent: ace-dt/" ACEDT_VERSION "\r\n";
  CHECK(http::connect_message({true, "reg.example", 443}, http::Proxy::parse("http://p:1")) ==
        "CONNECT reg.example:443 HTTP/1.1\r\nHost: reg.example:443\r\n" + agent + "\r\n");
  CHECK(http::connect_message({true, "2001:db8::1", 5000}, http::Proxy::parse("http://me:pw@p:1")) ==
        "CONNECT [2001:db8::1]:5000 HTTP/1.1\r\nHost: [2001:db8::1]:5000\r\n" + agent +
            "Proxy-Authorization: Basic bWU6cHc=\r\n\r\n");
}
