#include "acedt/net/socks5.hpp"

#include <arpa/inet.h>

#include <array>
#include <utility>

#include "acedt/base/text.hpp"

namespace acedt::net {
namespace {

constexpr char version = 5;
constexpr char login_version = 1;
constexpr char connect = 1;
constexpr unsigned no_login = 0;
constexpr unsigned with_login = 2;
constexpr char address_v4 = 1;
constexpr char address_name = 3;
constexpr char address_v6 = 4;
constexpr std::size_t longest = 255;  // what a length of one byte can say

/// ATYP and DST.ADDR.
std::string address_of(const std::string& host) {
  std::array<char, 16> raw{};
  if (inet_pton(AF_INET, host.c_str(), raw.data()) == 1) return address_v4 + std::string(raw.data(), 4);
  if (inet_pton(AF_INET6, host.c_str(), raw.data()) == 1) return address_v6 + std::string(raw.data(), 16);
  return {address_name, static_cast<char>(host.size())};
}

Socks5::Failed refused(unsigned code) {
  switch (code) {
    case 2: return {ErrorKind::unreachable, "its rules do not allow this connection"};
    case 3: return {ErrorKind::transport, "it cannot reach the network of the host"};
    case 4: return {ErrorKind::transport, "it cannot reach the host, or does not know its name"};
    case 5: return {ErrorKind::transport, "the host refuses the connection"};
    case 6: return {ErrorKind::transport, "the host is too far away"};
    case 7:
    case 8: return {ErrorKind::unreachable, "it does not support this kind of address"};
    default: return {ErrorKind::transport, "it failed to connect"};
  }
}

}  // namespace

Socks5::Socks5(const http::Proxy& proxy, http::Origin host)
    : user_(proxy.user), password_(proxy.password), host_(std::move(host)) {
  if (user_.size() > longest || password_.reveal().size() > longest)
    throw Error(ErrorKind::usage, "user or password has more than 255 bytes");
}

std::string Socks5::greeting() const {
  if (has_login()) return {version, 2, no_login, with_login};
  return {version, 1, no_login};
}

std::string Socks5::login() const {
  std::string message{login_version, static_cast<char>(user_.size())};
  message += user_;
  message += static_cast<char>(password_.reveal().size());
  message += password_.reveal();
  return message;
}

std::string Socks5::request() const {
  std::string message{version, connect, 0};
  message += address_of(host_.host);
  if (message[3] == address_name) message += host_.host;
  message += static_cast<char>(host_.port >> 8);
  message += static_cast<char>(host_.port & 0xff);
  return message;
}

Socks5::Step Socks5::feed(std::span<const std::byte> input) {
  input_ += as_text(input);
  if (awaited_ == Awaited::reply) return reply();
  if (input_.size() < 2) return NeedMore{};
  const std::string message = std::exchange(input_, {});
  if (message.size() > 2) return Failed{ErrorKind::unreachable, "it does not speak SOCKS5"};
  const auto answer = static_cast<unsigned char>(message[1]);
  if (awaited_ == Awaited::method) {
    if (message[0] != version) return Failed{ErrorKind::unreachable, "it does not speak SOCKS5"};
    return choose(answer);
  }
  if (answer != 0) return Failed{ErrorKind::unauthorized, "it does not accept user and password"};
  awaited_ = Awaited::reply;
  return Send{request()};
}

Socks5::Step Socks5::choose(unsigned method) {
  if (method == no_login) {
    awaited_ = Awaited::reply;
    return Send{request()};
  }
  if (method == with_login && has_login()) {
    awaited_ = Awaited::login;
    return Send{login()};
  }
  return Failed{ErrorKind::unauthorized, has_login() ? "it wants another kind of login than user and password"
                                                     : "it wants a user and a password"};
}

Socks5::Step Socks5::reply() {
  if (input_.size() < 5) return NeedMore{};
  if (input_[0] != version) return Failed{ErrorKind::unreachable, "it does not speak SOCKS5"};
  if (const unsigned code = byte(1); code != 0) return refused(code);
  constexpr std::size_t head = 4;
  constexpr std::size_t port = 2;
  std::size_t size = head + port;
  switch (input_[3]) {
    case address_v4: size += 4; break;
    case address_v6: size += 16; break;
    case address_name: size += 1 + byte(4); break;
    default: return Failed{ErrorKind::unreachable, "it does not speak SOCKS5"};
  }
  if (input_.size() < size) return NeedMore{};
  if (input_.size() > size) return Failed{ErrorKind::unreachable, "it sends more than SOCKS5 has"};
  return Done{};
}

}  // namespace acedt::net
