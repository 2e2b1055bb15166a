#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/secret.hpp"
#include "acedt/http/message.hpp"
#include "acedt/http/url.hpp"

namespace acedt::http {

/// A proxy, as its URL names it.
struct Proxy {
  enum class Kind {
    http,    ///< spoken to in HTTP (RFC 9110 section 3.7)
    socks5,  ///< RFC 1928; it looks up the names of hosts itself
  };
  Kind kind = Kind::http;
  Origin origin;  ///< `tls`: it is spoken to over TLS
  std::string user = {};
  Secret password = {};

  /// "http://[USER[:PASSWORD]@]HOST[:PORT]", https, socks5 and socks5h; http without a scheme. Ports are 80, 443 and
  /// 1080 where none is named. Throws Error(usage) that shows neither user nor password.
  static Proxy parse(std::string_view url);
  /// For messages: "http://proxy.example:3128", without user and password.
  std::string text() const;
};

/// Which proxy a host is reached through: what HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say, read as Go does.
class ProxyRules {
 public:
  /// The values of the variables.
  struct Variables {
    std::string http = {};
    std::string https = {};
    std::string all = {};   ///< where the one for the scheme is empty
    std::string none = {};  ///< hosts to reach without
  };

  ProxyRules() = default;  ///< no proxy for anybody
  /// Throws Error(usage) that names the variable.
  explicit ProxyRules(const Variables& variables);

  /// The proxy for `origin`; null: none. This machine itself (localhost, loopback addresses) never has one. Lives as
  /// long as the rules.
  const Proxy* find(const Origin& origin) const;

 private:
  struct Address {
    std::array<std::uint8_t, 16> bytes = {};  // IPv4 as ::ffff:a.b.c.d
    bool is_v4 = false;
  };
  /// An entry of NO_PROXY: `*`, host, .suffix, *.suffix, address or CIDR, all but the last with or without a port.
  struct Exception {
    std::string host = {};  // begins with a dot: those below it only; empty: `network`, or everybody
    std::optional<Address> network = {};
    unsigned bits = 0;  // of network
    std::optional<std::uint16_t> port = {};
  };

  static std::optional<Address> address(const std::string& text);
  static std::optional<Exception> exception(std::string_view entry);
  static bool in_network(const Address& address, const Address& network, unsigned bits);
  static bool matches(const Exception& exception, const Origin& origin);
  static bool is_this_machine(const std::string& host);

  std::optional<Proxy> http_;
  std::optional<Proxy> https_;
  std::vector<Exception> exceptions_;
};

/// `request` as `proxy` forwards it to `origin`, which has no TLS: in absolute form (RFC 9112 section 3.2.2).
Request forwarded(Request request, const Origin& origin, const Proxy& proxy);

/// The message that opens a tunnel to `origin` through `proxy` (RFC 9110 section 9.3.6).
std::string connect_message(const Origin& origin, const Proxy& proxy);

}  // namespace acedt::http
