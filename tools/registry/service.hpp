#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "tools/registry/auth.hpp"
#include "tools/registry/faults.hpp"
#include "tools/registry/options.hpp"
#include "tools/registry/request_log.hpp"
#include "tools/registry/store.hpp"
#include "tools/registry/uploads.hpp"

namespace acedt::testing {

/// What happened so far.
struct Stats {
  std::uint64_t connections = 0;
  std::uint64_t open_connections = 0;
  std::uint64_t peak_connections = 0;
  std::uint64_t refused_connections = 0;  ///< for being too many
  std::uint64_t resumed_sessions = 0;     ///< of TLS
  std::uint64_t requests = 0;
  std::uint64_t body_bytes_sent = 0;
  std::uint64_t body_bytes_received = 0;

  std::string json() const;
};

/// Counts from any thread.
class Counters {
 public:
  /// False where that makes more than `most` open ones (0: any number).
  bool opened(std::uint64_t most);
  void closed() { --open_; }
  void resumed() { ++resumed_; }
  /// Counts a request and its response, with the sizes of their bodies.
  void answered(std::uint64_t received, std::uint64_t sent) {
    ++requests_;
    body_bytes_received_ += received;
    body_bytes_sent_ += sent;
  }
  Stats stats() const;

 private:
  std::atomic<std::uint64_t> connections_ = 0;
  std::atomic<std::uint64_t> open_ = 0;
  std::atomic<std::uint64_t> peak_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<std::uint64_t> resumed_ = 0;
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> body_bytes_sent_ = 0;
  std::atomic<std::uint64_t> body_bytes_received_ = 0;
};

/// What all connections share. Every member may be used from any thread.
struct Service {
  explicit Service(Options wanted) : options(std::move(wanted)), auth(options.auth), log(options.log) {}

  const Options options;
  std::string storage_url = {};  ///< "http://host:port" of the storage listener; empty without one; set before serving
  Store store = {};
  Uploads uploads = {};
  Auth auth;
  Faults faults = {};
  RequestLog log;
  Counters counters = {};
};

}  // namespace acedt::testing
