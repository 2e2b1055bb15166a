#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <variant>

#include "acedt/base/error.hpp"
#include "acedt/http/proxy.hpp"

namespace acedt::net {

/// The client's side of the SOCKS5 handshake (RFC 1928; user and password by RFC 1929) as a state machine without I/O:
/// takes what the proxy sent, returns what to do next.
class Socks5 {
 public:
  struct Send {
    std::string bytes;
  };
  struct NeedMore {};
  struct Done {};  ///< from here on the connection leads to the host
  struct Failed {
    ErrorKind kind;
    std::string why;
  };
  using Step = std::variant<Send, NeedMore, Done, Failed>;

  /// Throws Error(usage) for a user or a password of more than 255 bytes.
  Socks5(const http::Proxy& proxy, http::Origin host);

  /// The first message to send.
  std::string greeting() const;
  /// `input`: what the proxy sent next; all of it is used.
  Step feed(std::span<const std::byte> input);

 private:
  enum class Awaited { method, login, reply };

  bool has_login() const { return !user_.empty() || !password_.empty(); }
  Step choose(unsigned method);
  std::string login() const;
  std::string request() const;
  Step reply();
  unsigned byte(std::size_t at) const { return std::to_integer<unsigned>(static_cast<std::byte>(input_[at])); }

  std::string user_;
  Secret password_;
  http::Origin host_;
  Awaited awaited_ = Awaited::method;
  std::string input_;  // of the message that is awaited
};

}  // namespace acedt::net
