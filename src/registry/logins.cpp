#include "acedt/registry/logins.hpp"

#include <utility>
#include <vector>

#include "acedt/async/crossing.hpp"

namespace acedt::registry {
namespace {

using namespace std::chrono_literals;

/// A registry that refuses every login does not have its helper asked for each request.
constexpr auto between_looks = 1s;

}  // namespace

Logins::Logins(async::Executor executor, Sources sources)
    : sources_(std::move(sources)), credentials_(sources_.read()), answers_(executor), looks_(executor) {}

async::awaitable<Logins::Found> Logins::find(std::string authority, std::string repository) {
  looked_.try_emplace(authority, Look{sources_.now()});
  Found found;
  const std::vector<Credentials::LoginSource> sources = credentials_.find(authority, repository);
  for (const Credentials::LoginSource& position : sources) {
    Answer answer;
    if (const auto* login = std::get_if<Login>(&position)) answer = *login;
    if (const auto* error = std::get_if<Error>(&position)) answer = *error;
    if (const auto* query = std::get_if<HelperQuery>(&position)) answer = co_await ask(*query);
    if (const auto* error = std::get_if<Error>(&answer)) {
      if (!found.failure) found.failure = *error;
      continue;
    }
    found.login = std::get<std::optional<Login>>(answer);
    if (found.login) break;
  }
  co_return found;
}

async::awaitable<Logins::Found> Logins::find_newer(std::string authority, std::string repository, Login refused,
                                                   std::chrono::seconds age) {
  Found found = co_await find(authority, repository);
  if (found.login != refused) co_return found;
  auto claim = co_await looks_.claim(authority);
  if (claim.done() == nullptr) {
    co_await look_again(authority, repository, age);
    claim.finish(true);
    looks_.forget(authority);
  }
  co_return co_await find(authority, repository);
}

async::awaitable<void> Logins::look_again(std::string authority, std::string repository, std::chrono::seconds age) {
  Look& last = looked_[authority];
  const auto now = sources_.now();
  if (now - last.at < age || (last.is_repeated && now - last.at < between_looks)) co_return;
  last = {now, true};
  auto read = [this]() -> std::optional<Credentials> {
    try {
      return sources_.read();
    } catch (const Error&) {
      return std::nullopt;  // somebody is at work on it
    }
  };
  std::optional<Credentials> fresh = co_await async::offload(thread(), std::move(read));
  if (fresh) credentials_ = *std::move(fresh);
  for (const Credentials::LoginSource& position : credentials_.find(authority, repository)) {
    if (const auto* query = std::get_if<HelperQuery>(&position)) answers_.forget(*query);
  }
}

async::awaitable<Logins::Answer> Logins::ask(HelperQuery query) {
  auto claim = co_await answers_.claim(query);
  if (claim.done() == nullptr) {
    auto job = [this, query]() -> Answer {
      try {
        return sources_.ask(query);
      } catch (const Error& error) {
        return error;
      }
    };
    Answer answer = co_await async::offload(thread(), std::move(job));
    claim.finish(std::move(answer));
  }
  co_return *claim.done();
}

async::ThreadPool& Logins::thread() {
  if (!thread_) thread_ = std::make_unique<async::ThreadPool>(1);
  return *thread_;
}

}  // namespace acedt::registry
