#include "tools/registry/connection.hpp"

#include <asio/ssl/stream.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <utility>
#include <variant>
#include <vector>

#include "acedt/async/timeout.hpp"
#include "acedt/base/text.hpp"
#include "acedt/http/request_reader.hpp"
#include "tools/registry/control.hpp"
#include "tools/registry/handler.hpp"
#include "tools/registry/pace.hpp"
#include "tools/registry/pull.hpp"
#include "tools/registry/wire.hpp"

namespace acedt::testing {
namespace {

using asio::ip::tcp;
using async::as_value;
using async::awaitable;

constexpr std::size_t read_size = 64 << 10;
constexpr std::size_t write_size = 1 << 20;    // few system calls, and turns for the others on the thread
constexpr std::size_t max_body = 16ULL << 30;  // what a push may bring

template <class... Visitors>
struct Visitor : Visitors... {
  using Visitors::operator()...;
};

http::Fields without_range(const http::Fields& fields) {
  http::Fields rest;
  for (const auto& [name, value] : fields.list())
    if (!equal_ignoring_case(name, "Range")) rest.add(name, value);
  return rest;
}

std::string_view error_code_of(int status) {
  switch (status) {
    case 401: return "UNAUTHORIZED";
    case 403: return "DENIED";
    case 404: return "NAME_UNKNOWN";
    case 429: return "TOOMANYREQUESTS";
    default: return "UNKNOWN";
  }
}

Response redirect(const Service& service, const Request& request, std::string location) {
  constexpr std::string_view mark = "{target}";
  if (location == "storage") {
    const Route route = Route::parse(request.path);
    if (!is_repository(route.repository) || !to_digest(route.reference))
      return error_response(404, "BLOB_UNKNOWN", "the storage has blobs only");
    location = storage_location(service, route);
  }
  if (const auto at = location.find(mark); at != std::string::npos) location.replace(at, mark.size(), request.target);
  Response response = text_response(307, "");
  response.fields.add("Location", std::move(location));
  return response;
}

Response respond(Service& service, Request& request, const Fault& fault) {
  if (fault.status) return error_response(*fault.status, error_code_of(*fault.status), "a fault was asked for");
  if (fault.redirect) return redirect(service, request, *fault.redirect);
  if (fault.ignore_range) request.fields = without_range(request.fields);
  try {
    return handle(service, request);
  } catch (const std::exception& error) {
    return error_response(500, "UNKNOWN", error.what());
  }
}

LogEntry log_entry(const Request& request, int status, const Wire& wire) {
  std::string range(request.fields.get("Range").value_or(""));
  std::erase_if(range, [](char c) { return c == ' ' || c == '\t'; });
  return {.method = request.method,
          .target = request.target,
          .status = wire.head.empty() ? 0 : status,
          .bytes = wire.body_bytes,
          .range = std::move(range),
          .authorization = authorization_scheme(request.fields),
          .at_storage = request.at_storage};
}

tcp::socket& lowest(tcp::socket& socket) {
  return socket;
}
tcp::socket& lowest(asio::ssl::stream<tcp::socket>& stream) {
  return stream.next_layer();
}

template <class Stream>
class Connection {
 public:
  Connection(Service& service, Stream& stream, bool at_storage)
      : service_(service), stream_(stream), at_storage_(at_storage), pace_(service.options.rate), buffer_(read_size) {}

  awaitable<void> run() {
    for (;;) {
      Request request;
      const Read read = co_await read_request(request);
      if (read == Read::ended) co_return;
      const bool keep_alive = read == Read::whole && keeps_alive_ && service_.options.keep_alive;
      Ending ending = Ending::close;
      if (read != Read::whole) {
        ending = co_await refuse(read);
      } else if (is_control(request)) {
        ending = co_await answer_control(request, keep_alive);
      } else {
        ending = co_await answer(request, keep_alive);
      }
      if (ending == Ending::keep_alive) continue;
      co_await finish(ending);
      co_return;
    }
  }

 private:
  enum class Read { ended, malformed, too_large, whole };

  awaitable<Read> read_request(Request& request) {
    for (;;) {
      std::size_t used = 0;
      auto step = reader_.feed(unread_, used);
      unread_ = unread_.subspan(used);
      if (auto* head = std::get_if<http::RequestHead>(&step)) {
        take_head(request, std::move(*head));
        if (request.fields.get("Expect") && unread_.empty()) co_await write_text("HTTP/1.1 100 Continue\r\n\r\n");
      } else if (const auto* data = std::get_if<http::RequestReader::Data>(&step)) {
        if (data->bytes.size() > max_body - request.body.size()) co_return Read::too_large;
        request.body.append(as_text(data->bytes));
      } else if (std::holds_alternative<http::RequestReader::Done>(step)) {
        keeps_alive_ = reader_.keeps_alive();
        reader_.start();
        co_return request.take_apart() ? Read::whole : Read::malformed;
      } else if (std::holds_alternative<http::RequestReader::Malformed>(step)) {
        co_return Read::malformed;
      } else {
        const auto [ec, n] = co_await stream_.async_read_some(asio::buffer(buffer_), as_value);
        if (ec) co_return Read::ended;
        unread_ = std::span(buffer_).first(n);
      }
    }
  }

  void take_head(Request& request, http::RequestHead head) {
    constexpr std::uint64_t max_reserved = 64 << 20;  // a large push reserves no more before it sends
    request.method = std::move(head.method);
    request.target = std::move(head.target);
    request.fields = std::move(head.fields);
    request.at_storage = at_storage_;
    request.own_url = service_.options.tls ? "https://" : "http://";
    request.own_url.append(request.fields.get("Host").value_or(service_.options.bind));
    const auto length = to_number(request.fields.get("Content-Length").value_or(""));
    request.body.reserve(static_cast<std::size_t>(std::min(length.value_or(0), max_reserved)));
  }

  awaitable<Ending> refuse(Read read) {
    const bool large = read == Read::too_large;
    const Response response = large ? error_response(413, "SIZE_INVALID", "the body is too large")
                                    : error_response(400, "UNSUPPORTED", "malformed request");
    const Wire wire = to_wire(response, {}, false, false);
    co_await send(wire);
    co_return wire.ending;
  }

  awaitable<Ending> answer_control(Request& request, bool keep_alive) {
    const Wire wire = to_wire(control(service_, request), {}, request.method == "HEAD", keep_alive);
    co_await send(wire);
    co_return wire.ending;
  }

  awaitable<Ending> answer(Request& request, bool keep_alive) {
    const Fault fault = service_.faults.take(request.method, request.target);
    const auto delay = service_.options.latency + fault.delay;
    if (delay.count() > 0) co_await async::sleep(delay);

    const Response response = respond(service_, request, fault);
    const Wire wire = to_wire(response, fault, request.method == "HEAD", keep_alive);
    const std::size_t entry = service_.log.add(log_entry(request, response.status, wire));
    service_.counters.answered(wire.body_bytes);
    const std::uint64_t sent = co_await send(wire);
    service_.log.finish(entry, std::min(sent, wire.body_bytes));
    co_return wire.ending;
  }

  /// How many bytes went out behind the head. Stops early where the client is gone, which the next read will find too.
  awaitable<std::uint64_t> send(const Wire& wire) {
    std::vector<asio::const_buffer> left;
    if (!wire.head.empty()) left.emplace_back(asio::buffer(wire.head));
    for (const Content& piece : wire.body)
      if (piece.size() > 0) left.emplace_back(piece.bytes().data(), piece.size());

    std::uint64_t sent = 0;
    for (std::size_t next = 0; next < left.size();) {
      const auto batch = batch_of(left, next);
      const auto [ec, n] = co_await stream_.async_write_some(batch, as_value);
      if (ec) break;
      sent += n;
      for (std::size_t rest = n; rest > 0;) {
        const std::size_t taken = std::min(rest, left[next].size());
        left[next] += taken;
        rest -= taken;
        if (left[next].size() == 0) ++next;
      }
      if (pace_.limited()) co_await sleep_until(pace_.wrote(n, Pace::Clock::now()));
    }
    co_return sent > wire.head.size() ? sent - wire.head.size() : 0;
  }

  /// The next bytes of `left`: the head and the beginning of the body leave in one packet.
  std::array<asio::const_buffer, 2> batch_of(const std::vector<asio::const_buffer>& left, std::size_t next) const {
    const std::size_t most = pace_.at_once(write_size);
    std::array<asio::const_buffer, 2> batch;
    batch[0] = asio::buffer(left[next], most);
    if (next + 1 < left.size()) batch[1] = asio::buffer(left[next + 1], most - batch[0].size());
    return batch;
  }

  awaitable<void> write_text(std::string_view text) {
    co_await asio::async_write(stream_, asio::buffer(text), as_value);
  }

  awaitable<void> sleep_until(Pace::Clock::time_point when) {
    asio::steady_timer timer(stream_.get_executor(), when);
    co_await timer.async_wait(asio::use_awaitable);
  }

  awaitable<void> finish(Ending ending) {
    std::error_code ignored;
    if (ending == Ending::reset) {
      lowest(stream_).set_option(asio::socket_base::linger(true, 0), ignored);
      lowest(stream_).close(ignored);
      co_return;
    }
    // Closing a socket with unread input would reset the connection, and might take the answer along: read to the end.
    if (ending == Ending::close) lowest(stream_).shutdown(tcp::socket::shutdown_send, ignored);
    for (;;) {
      const auto [ec, n] = co_await lowest(stream_).async_read_some(asio::buffer(buffer_), as_value);
      if (ec) co_return;
    }
  }

  Service& service_;
  Stream& stream_;
  bool at_storage_;
  Pace pace_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> unread_;  // in buffer_
  http::RequestReader reader_;
  bool keeps_alive_ = false;
};

class Counted {
 public:
  explicit Counted(Counters& counters) : counters_(counters) {}
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { counters_.closed(); }

 private:
  Counters& counters_;
};

awaitable<void> serve_tls(Service& service, tcp::socket socket, asio::ssl::context& tls, bool at_storage) {
  asio::ssl::stream<tcp::socket> stream(std::move(socket), tls);
  const auto [ec] = co_await stream.async_handshake(asio::ssl::stream_base::server, as_value);
  if (ec) co_return;
  if (SSL_session_reused(stream.native_handle()) == 1) service.counters.resumed();
  Connection connection(service, stream, at_storage);
  co_await connection.run();
}

}  // namespace

awaitable<void> serve(Service& service, tcp::socket socket, asio::ssl::context* tls, bool at_storage) {
  const Counted counted(service.counters);
  std::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  if (tls) {
    co_await serve_tls(service, std::move(socket), *tls, at_storage);
    co_return;
  }
  Connection connection(service, socket, at_storage);
  co_await connection.run();
}

}  // namespace acedt::testing
