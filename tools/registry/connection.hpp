#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>

#include "acedt/async/asio.hpp"
#include "tools/registry/service.hpp"

namespace acedt::testing {

/// Serves one connection until either side ends it, over TLS unless `tls` is null. Resets it if there are too many.
/// `service` and `tls` must outlive it.
async::awaitable<void> serve(Service& service, asio::ip::tcp::socket socket, asio::ssl::context* tls, bool at_storage);

}  // namespace acedt::testing
