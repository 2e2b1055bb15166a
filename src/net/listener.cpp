#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <chrono>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "acedt/async/task_group.hpp"
#include "acedt/async/timeout.hpp"
#include "acedt/base/error.hpp"
#include "acedt/net/server.hpp"

namespace acedt::net::server {
namespace {

using asio::ip::tcp;
using async::awaitable;

awaitable<void> handle(const Listener::Handler& handler, tcp::socket socket) {
  try {
    co_await handler(std::move(socket));
  } catch (const std::exception&) {
    // One connection's failure, such as no memory for what is pushed, is none of the others'.
  }
}

}  // namespace

/// A thread, and the connections that live on it.
struct Listener::Worker {
  asio::io_context context{1};
  async::Event stopped{context.get_executor()};
  bool stopping = false;
  async::TaskGroup connections{context.get_executor()};
  std::thread thread = {};

  void start() {
    asio::co_spawn(context, run(), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
    thread = std::thread([this] { context.run(); });
  }

  awaitable<void> run() {
    while (!stopping) co_await stopped.wait();
    connections.cancel();
    co_await connections.join();
  }

  /// Has this thread serve `work`, unless it is about to end. Any thread.
  template <class Work>
  void spawn(Work work) {
    asio::post(context, [this, work = std::move(work)]() mutable {
      if (!stopping) connections.spawn(work());
    });
  }
};

struct Listener::Socket {
  tcp::acceptor acceptor;
  Handler handler;
};

Listener::Listener(std::size_t threads) {
  try {
    for (std::size_t i = 0; i < threads; ++i) workers_.emplace_back(std::make_unique<Worker>())->start();
  } catch (const std::system_error& failure) {
    stop();
    throw Error(ErrorKind::internal, std::string("start a thread: ") + failure.what());
  }
}

Listener::~Listener() {
  stop();
}

void Listener::stop() noexcept {
  for (const auto& worker : workers_) {
    asio::post(worker->context, [&to_stop = *worker] {
      to_stop.stopping = true;
      to_stop.stopped.wake_all();
    });
  }
  for (const auto& worker : workers_)
    if (worker->thread.joinable()) worker->thread.join();
}

std::uint16_t Listener::listen(const std::string& address, std::uint16_t port, Handler handler) {
  Worker& first = *workers_.front();
  try {
    tcp::acceptor acceptor(first.context, tcp::endpoint(asio::ip::make_address(address), port));
    sockets_.push_back(std::make_unique<Socket>(Socket{std::move(acceptor), std::move(handler)}));
  } catch (const std::system_error& error) {
    throw Error(ErrorKind::bad_input,
                "listen on " + address + ':' + std::to_string(port) + ": " + error.code().message());
  }
  Socket& socket = *sockets_.back();
  const std::uint16_t taken = socket.acceptor.local_endpoint().port();
  first.spawn([this, &socket] { return accept_all(socket); });
  return taken;
}

awaitable<void> Listener::accept_all(Socket& socket) {
  for (std::size_t next = 0;; next = (next + 1) % workers_.size()) co_await accept_next(socket, *workers_[next]);
}

awaitable<void> Listener::accept_next(Socket& socket, Worker& worker) {
  tcp::socket accepted(worker.context);
  const auto [ec] = co_await socket.acceptor.async_accept(accepted, async::as_value);
  if (ec) {  // out of descriptors, perhaps: give others the time to close some
    co_await async::sleep(std::chrono::milliseconds(10));
    co_return;
  }
  std::error_code ignored;
  accepted.set_option(tcp::no_delay(true), ignored);
  worker.spawn(
      [&socket, accepted = std::move(accepted)]() mutable { return handle(socket.handler, std::move(accepted)); });
}

}  // namespace acedt::net::server
