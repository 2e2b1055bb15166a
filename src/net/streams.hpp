#pragma once

#include <asio/ip/tcp.hpp>

#include <memory>

#include "acedt/net/stream.hpp"
#include "acedt/net/tls.hpp"

namespace acedt::net {

/// Plain TCP.
std::unique_ptr<Stream> tcp_stream(asio::ip::tcp::socket socket);

/// TLS over `carrier`, after a handshake for the host of `target`, whose certificate must be for that name or address.
/// `tunnelled`: the carrier goes through a proxy, so its peer is not the host. Throws NotTls, Error(unreachable) for a
/// certificate, Error(usage) for certificates of ours, Error(protocol), Error(transport).
async::awaitable<std::unique_ptr<Stream>> tls_stream(std::unique_ptr<Stream> carrier, Tls& tls, Target target,
                                                     bool tunnelled);

}  // namespace acedt::net
