#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>

#include <memory>

#include "acedt/net/stream.hpp"

namespace acedt::net {

/// Plain TCP.
std::unique_ptr<Stream> tcp_stream(asio::ip::tcp::socket socket);

/// TLS over `socket`, after a handshake for `host`. Throws NotTls, Error(bad_input) for a certificate,
/// Error(transport). `verify`: the certificate must be trusted by `context` and be for `host`, a name or an address.
async::awaitable<std::unique_ptr<Stream>> tls_stream(asio::ip::tcp::socket socket, asio::ssl::context& context,
                                                     std::string host, bool verify);

/// The client's settings: TLS 1.2 and later, the system's certificates.
std::unique_ptr<asio::ssl::context> make_tls_context(bool verify);

}  // namespace acedt::net
