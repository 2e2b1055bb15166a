#pragma once

#include <memory>

#include "acedt/base/error.hpp"
#include "acedt/http/proxy.hpp"
#include "acedt/net/stream.hpp"

namespace acedt::net {

/// Makes of `stream`, a connection to `proxy`, one to `origin`, by CONNECT or SOCKS5; returns it.
///
/// `proxy` must outlive it. Throws Error(unauthorized) where the proxy wants another login, Error(unreachable) where it
/// does not let us through, Error(protocol) where it answers with something else, Error(transport).
async::awaitable<std::unique_ptr<Stream>> tunnel(std::unique_ptr<Stream> stream, const http::Proxy& proxy,
                                                 http::Origin origin);

/// The Error(unauthorized) for a 407 of `proxy`.
Error proxy_wants_login(const http::Proxy& proxy);

}  // namespace acedt::net
