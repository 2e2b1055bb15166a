#pragma once

#include "acedt/base/text.hpp"
#include "acedt/http/message_reader.hpp"

#include <sys/socket.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace acedt::testing {

/// How a response came to its end.
enum class End { done, closed, reset, silent, malformed };

struct Reply {
  int status = 0;  ///< 0: there was none
  http::Fields fields = {};
  std::string body = {};
  End end = End::done;

  std::string field(std::string_view name) const { return std::string(fields.get(name).value_or("")); }
};

/// A blocking HTTP client that shows what a server sends, byte for byte.
class Client {
 public:
  static constexpr std::chrono::seconds long_enough{10};  // never expected to pass

  explicit Client(std::uint16_t port) : port_(port) { connect(); }

  void connect() {
    input_.clear();
    socket_ = asio::ip::tcp::socket(context_);
    socket_.connect({asio::ip::address_v4::loopback(), port_});
  }

  /// `fields` are lines that end in CR LF.
  Reply ask(const std::string& method, const std::string& target, const std::string& fields = "",
            const std::string& body = "", std::chrono::milliseconds timeouts = long_enough) {
    std::string message = method + ' ' + target + " HTTP/1.1\r\nHost: registry.test\r\n" + fields;
    if (!body.empty()) message += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return send(message + "\r\n" + body, method == "HEAD", timeouts);
  }
  Reply get(const std::string& target, const std::string& fields = "") { return ask("GET", target, fields); }

  void write(const std::string& bytes) { asio::write(socket_, asio::buffer(bytes)); }

  Reply send(const std::string& bytes, bool head_only = false, std::chrono::milliseconds timeouts = long_enough) {
    write(bytes);
    return receive(head_only, timeouts);
  }

  /// The next line of what the server sends, without its CR LF; what there is of it at the end of the connection.
  std::string receive_line() {
    set_timeouts(long_enough);
    End end = End::done;
    while (input_.find("\r\n") == input_.npos && read(end)) {
    }
    const std::size_t size = std::min(input_.find("\r\n"), input_.size());
    std::string line = input_.substr(0, size);
    input_.erase(0, size + 2);
    return line;
  }

  /// The next response. Silence for `timeouts` ends it too.
  Reply receive(bool head_only = false, std::chrono::milliseconds timeouts = long_enough) {
    set_timeouts(timeouts);
    http::ResponseReader reader;
    reader.start(head_only);
    Reply reply;
    for (;;) {
      std::size_t used = 0;
      auto step = reader.feed(as_bytes(std::string_view(input_)), used);
      if (auto* head = std::get_if<http::ResponseHead>(&step)) {
        reply.status = head->status;
        reply.fields = head->fields;
      } else if (const auto* data = std::get_if<http::ResponseReader::Data>(&step)) {
        reply.body.append(as_text(data->bytes));
      }
      input_.erase(0, used);
      if (std::holds_alternative<http::ResponseReader::Done>(step)) return reply;
      if (std::holds_alternative<http::ResponseReader::Malformed>(step)) reply.end = End::malformed;
      if (reply.end == End::malformed) return reply;
      if (!std::holds_alternative<http::ResponseReader::NeedMore>(step)) continue;
      if (!read(reply.end)) return reply;
    }
  }

 private:
  void set_timeouts(std::chrono::milliseconds timeouts) {
    const auto ms = timeouts.count();
    const timeval limit{.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  bool read(End& end) {
    std::array<char, 4096> buffer{};
    const auto n = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
    if (n > 0) input_.append(buffer.data(), static_cast<std::size_t>(n));
    if (n == 0) end = End::closed;
    if (n < 0) end = errno == EAGAIN ? End::silent : End::reset;
    return n > 0;
  }

  std::uint16_t port_;
  asio::io_context context_;
  asio::ip::tcp::socket socket_{context_};
  std::string input_;
};

}  // namespace acedt::testing
