#pragma once

#include <asio/ip/tcp.hpp>

#include <memory>

#include "acedt/net/stream.hpp"
#include "acedt/net/tls.hpp"

namespace acedt::net {

/// Plain TCP.
std::unique_ptr<Stream> tcp_stream(asio::ip::tcp::socket socket);

/// TLS over `socket`, after a handshake for the host of `target`, whose certificate must be for that name or address.
/// Throws NotTls, Error(bad_input) for a certificate, Error(transport).
async::awaitable<std::unique_ptr<Stream>> tls_stream(asio::ip::tcp::socket socket, Tls& tls, Target target);

}  // namespace acedt::net
