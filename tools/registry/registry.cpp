#include "tools/registry/registry.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/ssl/context.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "acedt/async/event.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/async/timeout.hpp"
#include "acedt/base/error.hpp"
#include "tools/registry/connection.hpp"
#include "tools/registry/glob.hpp"

namespace acedt::testing {
namespace {

using asio::ip::tcp;
using async::awaitable;

/// A thread, and the connections that live on it.
struct Worker {
  asio::io_context context{1};
  async::Event stopped{context.get_executor()};
  bool stopping = false;
  async::TaskGroup connections{context.get_executor()};
  std::thread thread = {};

  awaitable<void> run() {
    while (!stopping) co_await stopped.wait();
    connections.cancel();
    co_await connections.join();
  }

  void stop() {
    stopping = true;
    stopped.wake_all();
  }
};

tcp::acceptor listen(asio::io_context& context, const std::string& address, std::uint16_t port) {
  try {
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::make_address(address), port));
    return acceptor;
  } catch (const std::system_error& error) {
    throw Error(ErrorKind::bad_input,
                "listen on " + address + ':' + std::to_string(port) + ": " + error.code().message());
  }
}

std::optional<asio::ssl::context> make_tls(const std::optional<Certificate>& certificate) {
  if (!certificate) return std::nullopt;
  try {
    asio::ssl::context tls(asio::ssl::context::tls_server);
    tls.use_certificate_chain(asio::buffer(certificate->certificate));
    tls.use_private_key(asio::buffer(certificate->key), asio::ssl::context::pem);
    return tls;
  } catch (const std::system_error& error) {
    throw Error(ErrorKind::bad_input, "certificate: " + error.code().message());
  }
}

}  // namespace

struct Registry::State {
  explicit State(Options wanted);
  ~State();

  void start();
  awaitable<void> accept_all(tcp::acceptor& from, bool at_storage);
  awaitable<void> accept_next(tcp::acceptor& from, Worker& worker, bool at_storage);
  awaitable<void> serve_well(tcp::socket socket, bool at_storage);

  Service service;
  std::optional<asio::ssl::context> tls;
  std::vector<std::unique_ptr<Worker>> workers;  // the first has the acceptors
  std::optional<tcp::acceptor> acceptor;
  std::optional<tcp::acceptor> storage_acceptor;
  std::uint16_t port = 0;
  std::uint16_t storage_port = 0;
};

Registry::State::State(Options wanted) : service(std::move(wanted)), tls(make_tls(service.options.tls)) {
  const Options& options = service.options;
  for (std::size_t i = 0; i < std::max<std::size_t>(options.threads, 1); ++i)
    workers.push_back(std::make_unique<Worker>());
  asio::io_context& first = workers.front()->context;
  acceptor = listen(first, options.bind, options.port);
  port = acceptor->local_endpoint().port();
  if (options.storage_port) {
    storage_acceptor = listen(first, options.bind, *options.storage_port);
    storage_port = storage_acceptor->local_endpoint().port();
    service.storage_url = (tls ? "https://" : "http://") + options.bind + ':' + std::to_string(storage_port);
  }
  start();
}

void Registry::State::start() {
  Worker& first = *workers.front();
  first.connections.spawn(accept_all(*acceptor, false));
  if (storage_acceptor) first.connections.spawn(accept_all(*storage_acceptor, true));
  for (const auto& worker : workers) {
    asio::co_spawn(worker->context, worker->run(), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
    worker->thread = std::thread([&context = worker->context] { context.run(); });
  }
}

Registry::State::~State() {
  for (const auto& worker : workers) asio::post(worker->context, [&to_stop = *worker] { to_stop.stop(); });
  for (const auto& worker : workers) worker->thread.join();
}

awaitable<void> Registry::State::accept_all(tcp::acceptor& from, bool at_storage) {
  for (std::size_t next = 0;; next = (next + 1) % workers.size())
    co_await accept_next(from, *workers[next], at_storage);
}

awaitable<void> Registry::State::accept_next(tcp::acceptor& from, Worker& worker, bool at_storage) {
  tcp::socket socket(worker.context);
  const auto [ec] = co_await from.async_accept(socket, async::as_value);
  if (ec) {  // out of descriptors, perhaps: give others the time to close some
    co_await async::sleep(std::chrono::milliseconds(10));
    co_return;
  }
  if (!service.counters.opened(service.options.max_connections)) {
    std::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);  // the destructor would forget the option
    co_return;
  }
  auto begin = [this, &worker, at_storage, accepted = std::move(socket)]() mutable {
    if (!worker.stopping) worker.connections.spawn(serve_well(std::move(accepted), at_storage));
  };
  asio::post(worker.context, std::move(begin));
}

/// One connection's failure, such as no memory for what is pushed, is not that of the others.
awaitable<void> Registry::State::serve_well(tcp::socket socket, bool at_storage) {
  asio::ssl::context* tls_or_none = tls ? &*tls : nullptr;
  try {
    co_await serve(service, std::move(socket), tls_or_none, at_storage);
  } catch (const std::exception&) {
    co_return;
  }
}

Registry::Registry() : Registry(Options{}) {}
Registry::Registry(Options options) : state_(std::make_unique<State>(std::move(options))) {}
Registry::~Registry() = default;

std::uint16_t Registry::port() const noexcept {
  return state_->port;
}
std::uint16_t Registry::storage_port() const noexcept {
  return state_->storage_port;
}
std::string Registry::address() const {
  return state_->service.options.bind + ':' + std::to_string(port());
}
Store& Registry::store() noexcept {
  return state_->service.store;
}
void Registry::add_fault(std::string_view rule) {
  add_fault(FaultRule::parse(rule));
}
void Registry::add_fault(FaultRule rule) {
  state_->service.faults.add(std::move(rule));
}
void Registry::clear_faults() {
  state_->service.faults.clear();
}
std::vector<LogEntry> Registry::log() const {
  return state_->service.log.entries();
}
void Registry::clear_log() {
  state_->service.log.clear();
}
Stats Registry::stats() const {
  return state_->service.counters.stats();
}

std::size_t Registry::asked(std::string_view pattern) const {
  const auto entries = log();
  const auto count = std::count_if(entries.begin(), entries.end(), [&](const LogEntry& entry) {
    return matches(pattern, entry.method + ' ' + entry.target);
  });
  return static_cast<std::size_t>(count);
}

}  // namespace acedt::testing
