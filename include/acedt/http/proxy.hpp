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

/// A proxy, as its URL describes it.
struct Proxy {
  enum class Kind {
    http,    ///< an HTTP proxy (RFC 9110 section 3.7)
    socks5,  ///< RFC 1928; the proxy resolves host names
  };
  Kind kind = Kind::http;
  Origin origin;  ///< `tls`: the connection to the proxy uses TLS
  std::string user = {};
  Secret password = {};

  /// Parses "http://[USER[:PASSWORD]@]HOST[:PORT]", or https, socks5 or socks5h. Without a scheme, it is http. The
  /// default ports are 80, 443 and 1080. Throws Error(usage), whose text contains neither user nor password.
  static Proxy parse(std::string_view url);
  /// Returns "http://proxy.example:3128", for messages: without user and password.
  std::string text() const;
};

/// Decides which proxy to use for a host: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, interpreted as in Go.
class ProxyRules {
 public:
  /// The values of the variables.
  struct Variables {
    std::string http = {};
    std::string https = {};
    std::string all = {};   ///< used if the one for the scheme is empty
    std::string none = {};  ///< hosts to access without a proxy
  };

  ProxyRules() = default;  ///< no proxies
  /// Throws Error(usage) that names the variable if a proxy cannot be parsed.
  explicit ProxyRules(const Variables& variables);

  /// Returns the proxy for `origin`; null for direct access, as for every is_loopback() host. Lives as long as these
  /// rules.
  const Proxy* find(const Origin& origin) const;

 private:
  struct Address {
    std::array<std::uint8_t, 16> bytes = {};  // IPv4 as ::ffff:a.b.c.d
    bool is_v4 = false;
  };
  /// An entry of NO_PROXY: `*`, host, .suffix, *.suffix, address or CIDR, all but the last with or without a port.
  struct Exception {
    std::string host = {};  // with a dot first: only hosts below it; empty: `network`, or every host
    std::optional<Address> network = {};
    unsigned bits = 0;  // of network
    std::optional<std::uint16_t> port = {};
  };

  static std::optional<Address> address(const std::string& text);
  static std::optional<Exception> exception(std::string_view entry);
  static bool in_network(const Address& address, const Address& network, unsigned bits);
  static bool matches(const Exception& exception, const Origin& origin);

  std::optional<Proxy> http_;
  std::optional<Proxy> https_;
  std::vector<Exception> exceptions_;
};

/// Returns the request to send to `proxy` so that it forwards `request` to `origin`, which has no TLS: in absolute form
/// (RFC 9112 section 3.2.2).
Request forwarded(Request request, const Origin& origin, const Proxy& proxy);

/// Returns the message that opens a tunnel to `origin` through `proxy` (RFC 9110 section 9.3.6).
std::string connect_message(const Origin& origin, const Proxy& proxy);

}  // namespace acedt::http
