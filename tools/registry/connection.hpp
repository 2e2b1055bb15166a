#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>

#include "acedt/async/asio.hpp"
#include "tools/registry/service.hpp"

namespace acedt::testing {

/// Answers the requests of one connection until either side ends it, or it is cancelled. `service` must outlive it, and
/// already counts the connection as open. With `tls`, over TLS.
async::awaitable<void> serve(Service& service, asio::ip::tcp::socket socket, asio::ssl::context* tls, bool at_storage);

}  // namespace acedt::testing
