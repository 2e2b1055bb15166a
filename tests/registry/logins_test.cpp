#include "acedt/registry/logins.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "acedt/async/task_group.hpp"
#include "registry/session.hpp"
#include "support/run.hpp"

using namespace acedt;
using namespace acedt::registry;
using acedt::async::awaitable;

namespace {

const std::string two_files = R"({"credHelpers":{"reg.example.com":"one"}})";

Credentials credentials(const std::string& json) {
  return Credentials::parse(json, "config.json");
}

awaitable<void> find(Logins& logins, std::vector<std::string>& users) {
  const std::optional<Login> found = co_await logins.find("reg.example.com", "a/b");
  users.push_back(found ? found->user : "");
}

}  // namespace

TEST_CASE("a helper is asked once for a registry, for all that wait") {
  int asked = 0;
  std::vector<std::string> users;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    const auto ask = [&asked](const HelperQuery& query) {
      ++asked;
      return std::optional(Login{query.helper, Secret("x")});
    };
    Logins logins(executor, credentials(two_files), ask);
    auto all = [&](async::TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 3; ++i) group.spawn(find(logins, users));
      co_await group.join();
    };
    co_await async::with_group(all);
  });
  CHECK(asked == 1);
  CHECK(users == std::vector<std::string>{"one", "one", "one"});
}

TEST_CASE("where a helper has no login the next place counts") {
  std::vector<std::string> users;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Credentials all = credentials(two_files);
    all.append(credentials(R"({"auths":{"reg.example.com":{"username":"ada","password":"x"}}})"));
    Logins logins(executor, all, [](const HelperQuery&) { return std::optional<Login>(); });
    co_await find(logins, users);
  });
  CHECK(users == std::vector<std::string>{"ada"});
}

TEST_CASE("what a helper fails with is thrown each time") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const auto ask = [](const HelperQuery&) -> std::optional<Login> { throw Error(ErrorKind::unauthorized, "locked"); };
    Logins logins(executor, credentials(two_files), ask);
    for (int i = 0; i < 2; ++i) {
      const Error error = co_await testing::error_of(logins.find("reg.example.com", "a/b"));
      CHECK(std::string(error.what()) == "locked");
    }
  });
}
