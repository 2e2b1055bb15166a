#include "acedt/registry/logins.hpp"

#include <utility>

#include "acedt/async/crossing.hpp"

namespace acedt::registry {

Logins::Logins(async::Executor executor, Credentials credentials, Ask ask)
    : credentials_(std::move(credentials)), ask_(std::move(ask)), answers_(std::move(executor)) {}

async::awaitable<std::optional<Login>> Logins::find(std::string authority, std::string repository) {
  for (const auto& place : credentials_.find(authority, repository)) {
    if (const auto* login = std::get_if<Login>(&place)) co_return *login;
    std::optional<Login> kept = co_await ask(std::get<HelperQuery>(place));
    if (kept) co_return kept;
  }
  co_return std::nullopt;
}

async::awaitable<std::optional<Login>> Logins::ask(HelperQuery query) {
  auto claim = co_await answers_.claim(query);
  if (claim.done() == nullptr) {
    if (!thread_) thread_ = std::make_unique<asio::thread_pool>(1);
    auto job = [this, query]() -> Answer {
      try {
        return ask_(query);
      } catch (const Error& error) {
        return error;
      }
    };
    Answer answer = co_await async::offload(*thread_, std::move(job));
    claim.finish(std::move(answer));
  }
  if (const auto* failure = std::get_if<Error>(claim.done())) throw Error(*failure);
  co_return std::get<std::optional<Login>>(*claim.done());
}

}  // namespace acedt::registry
