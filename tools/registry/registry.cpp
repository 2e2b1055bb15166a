#include "tools/registry/registry.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "acedt/net/server.hpp"
#include "tools/registry/connection.hpp"
#include "tools/registry/glob.hpp"

namespace acedt::testing {
namespace {

std::optional<asio::ssl::context> make_tls(const std::optional<Certificate>& certificate) {
  if (!certificate) return std::nullopt;
  return net::server::tls_context(certificate->certificate, certificate->key);
}

}  // namespace

struct Registry::State {
  explicit State(Options wanted);

  std::uint16_t listen(std::uint16_t port_or_any, bool at_storage);

  Service service;
  std::optional<asio::ssl::context> tls;
  std::uint16_t port = 0;
  std::uint16_t storage_port = 0;
  net::server::Listener listener;  // destroyed first: its connections use all of the above
};

Registry::State::State(Options wanted)
    : service(std::move(wanted)),
      tls(make_tls(service.options.tls)),
      listener(std::max<std::size_t>(service.options.threads, 1)) {
  const Options& options = service.options;
  if (options.storage_port) {
    storage_port = listen(*options.storage_port, true);
    service.storage_url = (tls ? "https://" : "http://") + options.bind + ':' + std::to_string(storage_port);
  }
  port = listen(options.port, false);
}

std::uint16_t Registry::State::listen(std::uint16_t port_or_any, bool at_storage) {
  auto handler = [this, at_storage](asio::ip::tcp::socket socket) {
    return serve(service, std::move(socket), tls ? &*tls : nullptr, at_storage);
  };
  return listener.listen(service.options.bind, port_or_any, std::move(handler));
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
