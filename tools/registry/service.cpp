#include "tools/registry/service.hpp"

namespace acedt::testing {

std::string Stats::json() const {
  return "{\"connections\":" + std::to_string(connections) +
         ",\"open_connections\":" + std::to_string(open_connections) +
         ",\"peak_connections\":" + std::to_string(peak_connections) +
         ",\"refused_connections\":" + std::to_string(refused_connections) +
         ",\"resumed_sessions\":" + std::to_string(resumed_sessions) + ",\"requests\":" + std::to_string(requests) +
         ",\"body_bytes_sent\":" + std::to_string(body_bytes_sent) +
         ",\"body_bytes_received\":" + std::to_string(body_bytes_received) + "}\n";
}

bool Counters::opened(std::uint64_t most) {
  const std::uint64_t now = ++open_;
  if (most > 0 && now > most) {
    --open_;
    ++refused_;
    return false;
  }
  ++connections_;
  std::uint64_t peak = peak_;
  while (now > peak && !peak_.compare_exchange_weak(peak, now)) {
  }
  return true;
}

Stats Counters::stats() const {
  return {.connections = connections_,
          .open_connections = open_,
          .peak_connections = peak_,
          .refused_connections = refused_,
          .resumed_sessions = resumed_,
          .requests = requests_,
          .body_bytes_sent = body_bytes_sent_,
          .body_bytes_received = body_bytes_received_};
}

}  // namespace acedt::testing
