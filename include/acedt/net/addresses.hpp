#pragma once

#include <asio/ip/tcp.hpp>

#include <cstddef>
#include <set>
#include <vector>

namespace acedt::net {

/// The addresses of a host, and which of them answered. No I/O. One thread.
class Addresses {
 public:
  using Address = asio::ip::tcp::endpoint;

  Addresses() = default;
  /// `found`: as the resolver has them, the best first (RFC 6724).
  explicit Addresses(std::vector<Address> found) : all_(std::move(found)) {}

  /// In which order the next connection tries them: families in turns (RFC 8305 section 4), each family from the next
  /// of its addresses on, so that connections spread over all of them; those that were slow or failed come last.
  std::vector<Address> next();
  void answered(const Address& address) { avoided_.erase(address); }
  /// It failed, or another one was faster though it had begun later.
  void avoid(const Address& address) { avoided_.insert(address); }

  bool empty() const noexcept { return all_.empty(); }

 private:
  std::vector<Address> all_;
  std::set<Address> avoided_;
  std::size_t turns_ = 0;
};

}  // namespace acedt::net
