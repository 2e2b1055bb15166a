// Registries send URLs in Link, Location and challenges. They are parsed strictly, so that what is shown, compared and
// connected to is the same: one host, one port, no user, no control characters.

#include "acedt/http/url.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::http {
namespace {

constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t max_host_name = 253;

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw Error(ErrorKind::bad_input, "url " + in_quotes(redacted_url(text)) + ": " + why)
      .hint("write a URL as in https://host:port/path");
}

bool is_blank_or_control(char c) {
  return c == ' ' || is_control(c);
}

bool is_host_name(const std::string& host) {
  return !host.empty() && host.size() <= max_host_name &&
         host.find_first_not_of(std::string(letters_and_digits) + "-._") == host.npos;
}

bool is_ipv6_address(const std::string& host) {
  in6_addr address = {};
  return host.find('\0') == host.npos && inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

std::string in_brackets(const std::string& host) {
  return host.find(':') == host.npos ? host : "[" + host + "]";
}

std::uint16_t default_port(bool tls) {
  return tls ? 443 : 80;
}

/// Parses the `authority` of the URL `text`, which errors name.
Origin parse_origin(bool tls, std::string_view authority, std::string_view text) {
  if (authority.find('@') != authority.npos) refuse(text, "user information is not allowed");

  const bool bracketed = authority.starts_with('[');
  const std::size_t host_end = std::min(authority.find(bracketed ? ']' : ':'), authority.size());
  Origin origin{
      .tls = tls, .host = lower(authority.substr(bracketed, host_end - bracketed)), .port = default_port(tls)};
  const bool closed = !bracketed || host_end < authority.size();
  if (!closed || !(bracketed ? is_ipv6_address(origin.host) : is_host_name(origin.host)))
    refuse(text, "not a valid host");

  const std::string_view port = authority.substr(host_end + bracketed);
  if (port.empty() || port == ":") return origin;
  const auto number = port.starts_with(':') ? to_number(port.substr(1)) : std::nullopt;
  if (!number || *number == 0 || *number > 65535) refuse(text, "port is not from 1 to 65535");
  origin.port = static_cast<std::uint16_t>(*number);
  return origin;
}

/// RFC 3986 section 5.2.4; `path` begins with '/'.
std::string without_dot_segments(std::string_view path) {
  std::string out;
  const auto segments = split(path.substr(1), '/');
  for (const std::string_view& segment : segments) {
    const bool last = &segment == &segments.back();
    if (segment == "..") out.erase(std::min(out.rfind('/'), out.size()));
    if (segment != ".." && segment != ".") {
      out.append("/").append(segment);
    } else if (last) {
      out += '/';
    }
  }
  return out;
}

bool has_scheme(std::string_view reference) {
  const std::size_t end = reference.find_first_of(":/?#");
  return end != reference.npos && reference[end] == ':';
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

}  // namespace

std::string Origin::authority() const {
  return port == default_port(tls) ? in_brackets(host) : host_and_port();
}

std::string Origin::host_and_port() const {
  return in_brackets(host) + ":" + std::to_string(port);
}

std::string Origin::text() const {
  return (tls ? "https://" : "http://") + authority();
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4 = {};
  in6_addr v6 = {};
  if (host.find('\0') != host.npos) return false;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
  const bool is_mapped = std::all_of(v6.s6_addr, v6.s6_addr + 10, [](auto byte) { return byte == 0; }) &&
                         v6.s6_addr[10] == 0xff && v6.s6_addr[11] == 0xff;  // ::ffff:127.0.0.1
  return is_mapped ? v6.s6_addr[12] == 127 : std::equal(v6.s6_addr, v6.s6_addr + 16, in6addr_loopback.s6_addr);
}

Url Url::parse(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_blank_or_control)) refuse(text, "blank or control character");
  const std::size_t scheme_end = text.find("://");
  const std::string scheme = lower(text.substr(0, scheme_end));
  if (scheme_end == text.npos || (scheme != "https" && scheme != "http"))
    refuse(text, "does not begin with https:// or http://");

  std::string_view rest = text.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view target = rest.substr(authority_end);
  return {.origin = parse_origin(scheme == "https", rest.substr(0, authority_end), text),
          .target = (target.starts_with('/') ? "" : "/") + std::string(target)};
}

Url Url::resolve(std::string_view location) const {
  const std::string_view path = path_of(target);
  std::string text = has_scheme(location) ? "" : origin.text();
  if (location.starts_with("//")) {
    text = origin.tls ? "https:" : "http:";
  } else if (location.empty() || location.starts_with('#')) {
    text += target;
  } else if (location.starts_with('?')) {
    text += path;
  } else if (!text.empty() && !location.starts_with('/')) {
    text += path.substr(0, path.rfind('/') + 1);
  }
  Url url = parse(text.append(location));
  const std::string_view new_path = path_of(url.target);
  url.target = without_dot_segments(new_path) + url.target.substr(new_path.size());
  return url;
}

std::string Url::display() const {
  return origin.text().append(path_of(target));
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view hex_digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (letters_and_digits.find(c) != letters_and_digits.npos || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex_digits[byte >> 4];
      out += hex_digits[byte & 15];
    }
  }
  return out;
}

}  // namespace acedt::http
