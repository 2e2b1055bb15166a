// NO_PROXY follows Go's golang.org/x/net/http/httpproxy, which the reference uses: hosts, suffixes, addresses and CIDR.

#include "acedt/http/proxy.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::http {
namespace {

constexpr unsigned v4_prefix = 96;  // bits of ::ffff:0:0
constexpr const char* form = "a proxy is http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT";

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::array<std::byte, 1> byte{};
    const bool encoded = text[i] == '%' && from_hex(lower(text.substr(i + 1, 2)), byte);
    out += encoded ? static_cast<char>(byte[0]) : text[i];
    if (encoded) i += 2;
  }
  return out;
}

bool names_port(std::string_view authority) {
  return authority.find(':', authority.starts_with('[') ? authority.find(']') : 0) != authority.npos;
}

std::optional<Proxy> parse_variable(const std::string& name, const std::string& value) {
  if (trim(value).empty()) return std::nullopt;
  try {
    return Proxy::parse(trim(value));
  } catch (Error& error) {
    error.add(name);
    throw;
  }
}

void authorize(Request& request, const Proxy& proxy) {
  if (proxy.user.empty() && proxy.password.empty()) return;
  const std::string login = proxy.user + ":" + proxy.password.reveal();
  request.fields.add("Proxy-Authorization", "Basic " + to_base64(as_bytes(login)));
}

}  // namespace

Proxy Proxy::parse(std::string_view url) {
  const auto refuse = [url](const std::string& why, const char* advice) {
    throw Error(ErrorKind::usage, "proxy " + in_quotes(redacted_url(url)) + ": " + why).hint(advice);
  };
  const std::size_t scheme_end = url.find("://");
  const std::string scheme = scheme_end == url.npos ? "http" : lower(url.substr(0, scheme_end));
  std::string_view rest = scheme_end == url.npos ? url : url.substr(scheme_end + 3);
  const std::string_view after = rest.substr(std::min(rest.find_first_of("/?#"), rest.size()));
  if (after.find('@') != after.npos)
    refuse("a '#', '/' or '?' before its '@'", "in a user or a password, write # as %23, / as %2F and ? as %3F");
  rest.remove_suffix(after.size());
  Proxy proxy;
  if (const std::size_t at = rest.rfind('@'); at != rest.npos) {
    const std::string_view login = rest.substr(0, at);
    const std::size_t colon = std::min(login.find(':'), login.size());
    proxy.user = percent_decoded(login.substr(0, colon));
    if (colon < login.size()) proxy.password = Secret(percent_decoded(login.substr(colon + 1)));
    rest.remove_prefix(at + 1);
  }
  const bool socks = scheme == "socks5" || scheme == "socks5h";
  if (!socks && scheme != "http" && scheme != "https") refuse("unknown scheme", form);
  proxy.kind = socks ? Kind::socks5 : Kind::http;
  std::string authority(rest);
  if (socks && !authority.empty() && !names_port(authority)) authority += ":1080";
  try {
    proxy.origin = Url::parse((scheme == "https" ? "https://" : "http://") + authority).origin;
  } catch (const Error&) {
    refuse("not a host and a port", form);
  }
  return proxy;
}

std::string Proxy::text() const {
  if (kind == Kind::http) return origin.text();
  return "socks5://" + origin.host_and_port();
}

std::optional<ProxyRules::Address> ProxyRules::address(const std::string& text) {
  if (text.find('\0') != text.npos) return std::nullopt;
  Address out;
  if (inet_pton(AF_INET, text.c_str(), out.bytes.data() + v4_prefix / 8) == 1) {
    out.bytes[10] = out.bytes[11] = 0xff;
  } else if (inet_pton(AF_INET6, text.c_str(), out.bytes.data()) != 1) {
    return std::nullopt;
  }
  static constexpr Address mapped{.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
  out.is_v4 = in_network(out, mapped, v4_prefix);
  return out;
}

bool ProxyRules::in_network(const Address& address, const Address& network, unsigned bits) {
  const auto whole = address.bytes.begin() + bits / 8;
  if (!std::equal(address.bytes.begin(), whole, network.bytes.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned differing = *whole ^ network.bytes[bits / 8];
  return differing >> (8 - bits % 8) == 0;
}

/// Returns an entry of NO_PROXY; unset if it cannot be parsed: as in Go, it then matches no host.
std::optional<ProxyRules::Exception> ProxyRules::exception(std::string_view entry) {
  if (entry == "*") return Exception{};
  if (const std::size_t slash = entry.find('/'); slash != entry.npos) {
    const auto network = address(std::string(entry.substr(0, slash)));
    const auto bits = to_number(entry.substr(slash + 1));
    if (!network || !bits || *bits > (network->is_v4 ? 32 : 128)) return std::nullopt;
    return Exception{.network = network, .bits = static_cast<unsigned>(*bits) + (network->is_v4 ? v4_prefix : 0)};
  }
  Exception out;
  const bool bracketed = entry.starts_with('[');
  const bool is_v6 = !bracketed && std::ranges::count(entry, ':') > 1;
  const std::size_t end = is_v6 ? entry.size() : std::min(entry.find(bracketed ? ']' : ':'), entry.size());
  const std::string_view port = entry.substr(std::min(end + bracketed, entry.size()));
  if (port.starts_with(':')) {
    const auto number = to_number(port.substr(1));
    if (!number || *number > 65535) return std::nullopt;
    out.port = static_cast<std::uint16_t>(*number);
  }
  std::string host = lower(entry.substr(bracketed, end - bracketed));
  if (host.starts_with("*.")) host.erase(0, 1);
  if (host.empty()) return std::nullopt;
  out.network = address(host);
  out.bits = 128;
  if (!out.network) out.host = std::move(host);
  return out;
}

bool ProxyRules::matches(const Exception& exception, const Origin& origin) {
  if (exception.port && *exception.port != origin.port) return false;
  if (exception.network) {
    const auto host = address(origin.host);
    return host && host->is_v4 == exception.network->is_v4 && in_network(*host, *exception.network, exception.bits);
  }
  if (exception.host.empty()) return true;
  if (exception.host.starts_with('.')) return origin.host.ends_with(exception.host);
  return origin.host == exception.host || origin.host.ends_with("." + exception.host);
}

ProxyRules::ProxyRules(const Variables& variables) {
  const auto all = parse_variable("ALL_PROXY", variables.all);
  http_ = parse_variable("HTTP_PROXY", variables.http);
  https_ = parse_variable("HTTPS_PROXY", variables.https);
  if (!http_) http_ = all;
  if (!https_) https_ = all;
  std::string none = variables.none;
  std::ranges::replace_if(
      none, [](char c) { return c == ' ' || c == '\t'; }, ',');
  for (const std::string_view entry : split(none, ',')) {
    if (const auto parsed = exception(entry)) exceptions_.push_back(*parsed);
  }
}

const Proxy* ProxyRules::find(const Origin& origin) const {
  const std::optional<Proxy>& proxy = origin.tls ? https_ : http_;
  if (!proxy || is_loopback(origin.host)) return nullptr;
  const bool excepted =
      std::ranges::any_of(exceptions_, [&](const Exception& exception) { return matches(exception, origin); });
  return excepted ? nullptr : &*proxy;
}

Request forwarded(Request request, const Origin& origin, const Proxy& proxy) {
  request.target.insert(0, origin.text());
  authorize(request, proxy);
  return request;
}

std::string connect_message(const Origin& origin, const Proxy& proxy) {
  Request request{"CONNECT", origin.host_and_port()};
  request.fields.add("User-Agent", "ace-dt/" ACEDT_VERSION);
  authorize(request, proxy);
  return request.serialize(request.target);
}

}  // namespace acedt::http
