#include "acedt/registry/logins.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "acedt/async/task_group.hpp"
#include "registry/session.hpp"
#include "support/run.hpp"

using namespace acedt;
using namespace acedt::registry;
using acedt::async::awaitable;
using namespace std::chrono_literals;

namespace {

Credentials credentials(const std::string& json) {
  return Credentials::parse(json, "config.json");
}

const Credentials by_helper = credentials(R"({"credHelpers":{"reg.example.com":"one"}})");

Credentials in_file(const std::string& password) {
  return credentials(R"({"auths":{"reg.example.com":{"username":"ada","password":")" + password + R"("}}})");
}

Logins::Sources sources(const Credentials& files) {
  Logins::Sources sources;
  sources.read = [files] { return files; };
  sources.ask = [](const HelperQuery&) { return std::optional<Login>(); };
  sources.now = [] { return Logins::Clock::time_point(); };
  return sources;
}

/// A helper whose n-th answer is the password n.
auto counting(std::atomic<int>& asked) {
  return [&asked](const HelperQuery& query) {
    return std::optional(Login{query.helper, Secret(std::to_string(++asked))});
  };
}

std::string password_of(const Logins::Found& found) {
  return found.login ? found.login->password.reveal() : "";
}

awaitable<void> find(Logins& logins, std::vector<std::string>& passwords) {
  const Logins::Found found = co_await logins.find("reg.example.com", "a/b");
  passwords.push_back(password_of(found));
}

awaitable<void> find_newer(Logins& logins, Login refused, std::vector<std::string>& passwords) {
  const Logins::Found found = co_await logins.find_newer("reg.example.com", "a/b", std::move(refused), 0s);
  passwords.push_back(password_of(found));
}

}  // namespace

TEST_CASE("a helper is asked once for a registry, for all that wait") {
  std::atomic<int> asked = 0;
  std::vector<std::string> passwords;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Logins::Sources of_helper = sources(by_helper);
    of_helper.ask = counting(asked);
    Logins logins(executor, of_helper);
    auto all = [&](async::TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 3; ++i) group.spawn(find(logins, passwords));
      co_await group.join();
    };
    co_await async::with_group(all);
  });
  CHECK(asked == 1);
  CHECK(passwords == std::vector<std::string>{"1", "1", "1"});
}

TEST_CASE("if a helper has no login the next source applies") {
  std::vector<std::string> passwords;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Credentials all = by_helper;
    all.append(in_file("x"));
    Logins logins(executor, sources(all));
    co_await find(logins, passwords);
  });
  CHECK(passwords == std::vector<std::string>{"x"});
}

TEST_CASE("the failure of a source is reported, and the next one is tried") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    Logins::Sources failing = sources(by_helper);
    failing.ask = [](const HelperQuery&) -> std::optional<Login> { throw Error(ErrorKind::unauthorized, "locked"); };
    Logins logins(executor, failing);
    for (int i = 0; i < 2; ++i) {
      const Logins::Found found = co_await logins.find("reg.example.com", "a/b");
      CHECK_FALSE(found.login);
      REQUIRE(found.failure);
      CHECK(std::string(found.failure->what()) == "locked");
    }
    Credentials all = Credentials::unreadable(Error(ErrorKind::unauthorized, "of somebody else"));
    all.append(in_file("x"));
    failing.read = [all] { return all; };
    Logins more(executor, failing);
    const Logins::Found found = co_await more.find("reg.example.com", "a/b");
    CHECK(password_of(found) == "x");
    REQUIRE(found.failure);
    CHECK(std::string(found.failure->what()) == "of somebody else");
  });
}

TEST_CASE("after a refusal a helper is asked again, once for all that were refused with the same login") {
  std::atomic<int> asked = 0;
  std::vector<std::string> passwords;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Logins::Sources of_helper = sources(by_helper);
    of_helper.ask = counting(asked);
    Logins logins(executor, of_helper);
    const Logins::Found first = co_await logins.find("reg.example.com", "a/b");
    auto all = [&](async::TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 3; ++i) group.spawn(find_newer(logins, *first.login, passwords));
      co_await group.join();
    };
    co_await async::with_group(all);
    co_await find_newer(logins, *first.login, passwords);
  });
  CHECK(asked == 2);
  CHECK(passwords == std::vector<std::string>{"2", "2", "2", "2"});
}

TEST_CASE("after a refusal the files are read again, and if that fails the old contents stay") {
  std::vector<std::string> passwords;
  std::atomic<int> times = 0;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Logins::Clock::time_point now;
    Logins::Sources files = sources({});
    files.now = [&] { return now; };
    files.read = [&] {
      if (++times == 3) throw Error(ErrorKind::unauthorized, "not JSON");
      return in_file(std::to_string(times));
    };
    Logins logins(executor, files);
    for (const char* refused : {"1", "2", "2"}) {
      now += 2s;
      Login login{"ada", Secret(refused)};
      co_await find_newer(logins, std::move(login), passwords);
    }
  });
  CHECK(passwords == std::vector<std::string>{"2", "2", "4"});
}

TEST_CASE("a login that stays refused is looked up at most once a second") {
  std::vector<std::string> passwords;
  std::atomic<int> times = 0;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Logins::Clock::time_point now;
    Logins::Sources files = sources({});
    files.now = [&] { return now; };
    files.read = [&] {
      ++times;
      return in_file("x");
    };
    Logins logins(executor, files);
    const Login refused{"ada", Secret("x")};
    for (int i = 0; i < 25; ++i, now += 100ms) co_await find_newer(logins, refused, passwords);
  });
  CHECK(times == 1 + 3);
}

TEST_CASE("a login that is younger than asked for is not looked up again") {
  std::atomic<int> asked = 0;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Logins::Clock::time_point now;
    Logins::Sources of_helper = sources(by_helper);
    of_helper.ask = counting(asked);
    of_helper.now = [&] { return now; };
    Logins logins(executor, of_helper);
    const Logins::Found first = co_await logins.find("reg.example.com", "a/b");
    for (const auto& [age, password] : {std::pair(9min, "1"), std::pair(10min, "2")}) {
      now = Logins::Clock::time_point() + age;
      const Logins::Found found = co_await logins.find_newer("reg.example.com", "a/b", *first.login, 10min);
      CHECK(password_of(found) == password);
    }
  });
}
