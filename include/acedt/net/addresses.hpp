#pragma once

#include <asio/ip/tcp.hpp>

#include <cstddef>
#include <set>
#include <vector>

namespace acedt::net {

/// The addresses of a host, and the order in which to try them. No I/O. One thread.
class Addresses {
 public:
  using Address = asio::ip::tcp::endpoint;

  Addresses() = default;
  /// `found`: in the order of the resolver, best first (RFC 6724).
  explicit Addresses(std::vector<Address> found) : all_(std::move(found)) {}

  /// The order for the next connection: IPv6 and IPv4 alternate (RFC 8305 section 4), and each family starts one
  /// address later than for the connection before, so that connections spread over all addresses. Avoided addresses
  /// come last.
  std::vector<Address> next();
  /// Notes that a connection to `address` was opened.
  void answered(const Address& address) { avoided_.erase(address); }
  /// Notes that `address` failed, or that one tried after it was faster.
  void avoid(const Address& address) { avoided_.insert(address); }

  bool empty() const noexcept { return all_.empty(); }

 private:
  std::vector<Address> all_;
  std::set<Address> avoided_;
  std::size_t turns_ = 0;
};

}  // namespace acedt::net
