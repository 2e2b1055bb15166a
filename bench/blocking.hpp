#pragma once

// What limit and limit_push share: blocking connections to a registry on 127.0.0.1, and threads that share jobs.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace acedt::bench {

[[noreturn]] inline void die(const std::string& why) {
  std::fprintf(stderr, "limit: %s\n", why.c_str());
  std::exit(1);
}

inline int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const void* where = &address;
  if (::connect(socket, static_cast<const sockaddr*>(where), sizeof address) != 0) die("connect");
  return socket;
}

inline SSL_CTX* trusting_context() {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_default_verify_paths(context);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return context;
}

inline SSL* handshake(int socket) {
  static SSL_CTX* const context = trusting_context();
  SSL* const tls = SSL_new(context);
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), "127.0.0.1");
  SSL_set_fd(tls, socket);
  if (SSL_connect(tls) != 1) die("TLS handshake");
  return tls;
}

/// A kept-alive connection; a response is its head and then its body in pieces.
class Connection {
 public:
  Connection(std::uint16_t port, bool tls)
      : socket_(connect_to(port)), tls_(tls ? handshake(socket_) : nullptr), buffer_(256 << 10) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    SSL_free(tls_);
    ::close(socket_);
  }

  /// Sends a request without a body, and returns what answer() returns.
  template <class Use>
  std::string request(const char* method, const std::string& target, const std::string& fields, Use use) {
    send_head(method, target, fields);
    return answer(method, target, use);
  }

  /// `fields` are further lines of the request.
  void send_head(const char* method, const std::string& target, const std::string& fields) {
    send(std::string(method) + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
  }

  void send(std::string_view bytes) {
    const auto sent = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                      : ::send(socket_, bytes.data(), bytes.size(), 0);
    if (sent != static_cast<ssize_t>(bytes.size())) die("send");
  }

  /// Calls `use` with each piece of the body of the answer; returns its head.
  template <class Use>
  std::string answer(const char* method, const std::string& target, Use use) {
    std::string head;
    std::size_t end = std::string::npos;
    while (end == std::string::npos) {
      head += receive();
      end = head.find("\r\n\r\n");
    }
    if (head.compare(9, 2, "20") != 0) die(target + ": " + head.substr(0, head.find('\r')));
    std::uint64_t left = std::strcmp(method, "HEAD") == 0 ? 0 : std::stoull(field(head, "ontent-Length: "));
    const std::string_view first = std::string_view(head).substr(end + 4);
    if (!first.empty()) use(first);
    for (left -= first.size(); left > 0;) {
      const std::string_view piece = receive();
      use(piece);
      left -= piece.size();
    }
    return head.substr(0, end + 2);
  }

  static std::string field(const std::string& head, const char* name) {
    const std::size_t at = head.find(name);
    if (at == std::string::npos) die(std::string("no field ") + name);
    const std::size_t begin = at + std::strlen(name);
    return head.substr(begin, head.find('\r', begin) - begin);
  }

 private:
  std::string_view receive() {
    const auto n = tls_ != nullptr ? SSL_read(tls_, buffer_.data(), static_cast<int>(buffer_.size()))
                                   : ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (n <= 0) die("connection closed");
    return {buffer_.data(), static_cast<std::size_t>(n)};
  }

  int socket_;
  SSL* tls_;  // null for plain HTTP
  std::vector<char> buffer_;
};

using Connections = std::vector<std::unique_ptr<Connection>>;

inline Connections connect_all(std::uint16_t port, bool tls, std::size_t count) {
  Connections connections;
  for (std::size_t i = 0; i < count; ++i) connections.push_back(std::make_unique<Connection>(port, tls));
  return connections;
}

/// Calls `job(thread, i)` for each i below `count`, on `thread_count` threads.
template <class Job>
void in_parallel(std::size_t thread_count, std::size_t count, Job job) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < thread_count; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t i = next++; i < count; i = next++) job(thread, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

/// The SHA-256 of the pieces that it is given; it may be used again after finish().
class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void update(std::string_view piece) { EVP_DigestUpdate(context_.get(), piece.data(), piece.size()); }
  /// "sha256:" and hexadecimal digits.
  std::string finish() {
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), raw, &size);
    EVP_DigestInit_ex(context_.get(), nullptr, nullptr);
    std::string text = "sha256:";
    for (unsigned i = 0; i < size; ++i) (text += digits[raw[i] >> 4]) += digits[raw[i] & 15];
    return text;
  }

 private:
  static constexpr char digits[] = "0123456789abcdef";
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace acedt::bench
