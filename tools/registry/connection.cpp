// One connection to the registry: reads requests with net::server::Connection and answers each with what the handler
// says, changed by the fault that applies to it. Latency, rate and the log are here too, as they concern every answer.

#include "tools/registry/connection.hpp"

#include <asio/steady_timer.hpp>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "acedt/async/timeout.hpp"
#include "acedt/base/text.hpp"
#include "acedt/net/server.hpp"
#include "tools/registry/control.hpp"
#include "tools/registry/handler.hpp"
#include "tools/registry/pace.hpp"
#include "tools/registry/pull.hpp"
#include "tools/registry/push.hpp"
#include "tools/registry/wire.hpp"

namespace acedt::testing {
namespace {

using async::awaitable;
using Pieces = std::vector<std::span<const std::byte>>;
using Read = net::server::Connection::Read;

constexpr Bytes max_body = 16_GiB;  // what a push may bring
constexpr std::size_t max_write = 1 << 20;

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
  if (fault.status) {
    const auto& [code, message] = fault.says;
    return code.empty() ? error_response(*fault.status, error_code_of(*fault.status), "a fault was asked for")
                        : error_response(*fault.status, code, message);
  }
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

/// The fields that depend on the listener, and what the request line means. False if that is no path.
bool complete(Request& request, net::server::Request received, const Options& options, bool at_storage) {
  request.method = std::move(received.head.method);
  request.target = std::move(received.head.target);
  request.fields = std::move(received.head.fields);
  request.body = std::move(received.body);
  request.at_storage = at_storage;
  request.own_url = options.tls ? "https://" : "http://";
  request.own_url.append(request.fields.get("Host").value_or(options.bind));
  return request.take_apart();
}

class Exchanges {
 public:
  Exchanges(Service& service, net::server::Connection& connection, bool at_storage)
      : service_(service), connection_(connection), at_storage_(at_storage), pace_(service.options.rate) {}

  awaitable<void> run() {
    Ending ending = Ending::keep_alive;
    while (ending == Ending::keep_alive) {
      net::server::Request received;
      Fault fault;
      const auto limit = [&](const http::RequestHead& head) { return begin(head, fault); };
      const Read read = co_await connection_.read(received, limit);
      if (read == Read::ended) co_return;
      const bool in_part = read == Read::too_large && fault.take;
      const bool keep_alive = received.keeps_alive && service_.options.keep_alive;
      Request request;
      if ((read != Read::whole && !in_part) || !complete(request, std::move(received), service_.options, at_storage_)) {
        ending = co_await refuse(read);
      } else if (is_control(request)) {
        ending = co_await answer_control(request, keep_alive);
      } else {
        ending = co_await answer(request, fault, in_part, keep_alive && !in_part);
      }
    }
    if (ending == Ending::close) co_await connection_.close();
    if (ending == Ending::stall) co_await connection_.wait_until_closed();
    if (ending == Ending::reset) connection_.reset();
  }

 private:
  /// Chooses the fault for a request. Returns how many bytes of its body to read.
  Bytes begin(const http::RequestHead& head, Fault& fault) {
    if (!at_storage_ && head.target.starts_with("/_/")) return max_body;
    const std::uint64_t length = to_number(head.fields.get("Content-Length").value_or("")).value_or(0);
    fault = service_.faults.take(head.method, head.target, length);
    return fault.take ? Bytes{*fault.take} : max_body;
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

  /// `in_part`: its body was not read completely.
  awaitable<Ending> answer(Request& request, const Fault& fault, bool in_part, bool keep_alive) {
    const auto delay = service_.options.latency + fault.delay;
    if (delay.count() > 0) co_await async::sleep(delay);

    const std::size_t received = request.body.size();
    Response response;
    if (in_part && !fault.status) {
      break_upload(service_, request);
    } else {
      response = respond(service_, request, fault);
    }
    const Wire wire = to_wire(response, fault, request.method == "HEAD", keep_alive);
    const std::size_t entry = service_.log.add(log_entry(request, response.status, wire));
    service_.counters.answered(received, wire.body_bytes);
    const std::uint64_t sent = co_await send(wire);
    service_.log.finish(entry, std::min(sent, wire.body_bytes));
    co_return wire.ending;
  }

  /// Returns how many bytes were sent after the head.
  awaitable<std::uint64_t> send(const Wire& wire) {
    Pieces pieces = {as_bytes(wire.head)};
    for (const Content& piece : wire.body) pieces.push_back(piece.bytes());
    std::uint64_t sent = 0;
    if (pace_.limited()) {
      sent = co_await send_paced(std::move(pieces));
    } else {
      sent = co_await connection_.send(std::move(pieces));
    }
    co_return sent > wire.head.size() ? sent - wire.head.size() : 0;
  }

  awaitable<std::uint64_t> send_paced(Pieces pieces) {
    std::uint64_t sent = 0;
    for (auto rest : pieces) {
      while (!rest.empty()) {
        Pieces next = {rest.first(std::min(rest.size(), pace_.at_once(max_write)))};
        rest = rest.subspan(next.front().size());
        const std::size_t size = next.front().size();
        const std::uint64_t written = co_await connection_.send(std::move(next));
        sent += written;
        if (written < size) co_return sent;
        co_await sleep_until(pace_.wrote(size, Pace::Clock::now()));
      }
    }
    co_return sent;
  }

  static awaitable<void> sleep_until(Pace::Clock::time_point when) {
    asio::steady_timer timer(co_await asio::this_coro::executor, when);
    co_await timer.async_wait(asio::use_awaitable);
  }

  Service& service_;
  net::server::Connection& connection_;
  bool at_storage_;
  Pace pace_;
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

}  // namespace

awaitable<void> serve(Service& service, asio::ip::tcp::socket socket, asio::ssl::context* tls, bool at_storage) {
  std::unique_ptr<net::server::Connection> connection;
  if (!service.counters.opened(service.options.max_connections)) {
    connection = net::server::plain(std::move(socket));
    connection->reset();
    co_return;
  }
  const Counted counted(service.counters);
  if (tls == nullptr) {
    connection = net::server::plain(std::move(socket));
  } else {
    connection = co_await net::server::secured(std::move(socket), *tls);
    if (!connection) co_return;
    if (connection->resumed()) service.counters.resumed();
  }
  Exchanges exchanges(service, *connection, at_storage);
  co_await exchanges.run();
}

}  // namespace acedt::testing
