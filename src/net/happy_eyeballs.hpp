#pragma once

#include <asio/ip/tcp.hpp>

#include <chrono>

#include "acedt/net/addresses.hpp"
#include "acedt/net/dialer.hpp"

namespace acedt::net {

/// Connects to one of `addresses` (RFC 8305 section 5): each begins when the one before it failed, or 250 ms after it,
/// and the first that answers wins. `addresses` must outlive it, and learns which to prefer.
///
/// Throws the failure of the last one, Error(transport), where none answers within `patience`.
async::awaitable<asio::ip::tcp::socket> connect_to_first(Addresses& addresses, std::chrono::seconds timeouts);

}  // namespace acedt::net
