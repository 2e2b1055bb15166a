#pragma once

#include <memory>
#include <utility>

#include "acedt/net/connection.hpp"
#include "acedt/net/dialer.hpp"

namespace acedt::testing {

/// The status of GET /v2/ there.
inline async::awaitable<int> greet(async::Executor executor, net::Target target, std::shared_ptr<net::Tls> tls) {
  net::Dialer dialer(executor, {}, std::move(tls));
  auto stream = co_await dialer.dial(target);
  net::Connection connection(executor, std::move(stream), target, {});
  const http::Request request{"GET", "/v2/"};
  const http::ResponseHead head = co_await connection.exchange(request);
  co_return head.status;
}

}  // namespace acedt::testing
