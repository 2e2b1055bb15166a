#include "acedt/registry/failover.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/failure.hpp"

using namespace acedt;
using namespace std::chrono_literals;
using registry::Failover;
using registry::HostHealth;
using registry::NoConnection;
using testing::failure;

namespace {

const Failover::Time start{1h};

http::Origin origin(const std::string& host) {
  return {.host = host};
}

/// A repository at hosts of these names.
registry::Repository at_hosts(const std::vector<std::string>& hosts) {
  registry::Repository repository;
  repository.mirrors = std::make_shared<registry::Mirrors>();
  for (const std::string& host : hosts) {
    repository.target.origin = origin(host);
    repository.mirrors->all.emplace_back().target.origin = origin(host);
  }
  return repository;
}

std::exception_ptr failed(ErrorKind kind, const std::string& what) {
  return std::make_exception_ptr(Error(kind, what));
}
std::exception_ptr refused() {
  return std::make_exception_ptr(NoConnection(Error(ErrorKind::transport, "refused")));
}

struct Chase {
  explicit Chase(const std::vector<std::string>& hosts,
                 std::shared_ptr<HostHealth> known = std::make_shared<HostHealth>())
      : repository(at_hosts(hosts)), host_health(std::move(known)) {}

  Failover begin(Failover::Time now = start) const { return {repository, {}, host_health, now}; }
  std::string first(Failover::Time now = start) const { return host(begin(now)); }
  static std::string host(const Failover& failover) { return failover.where().target.origin.host; }

  registry::Repository repository;
  std::shared_ptr<HostHealth> host_health;
};

}  // namespace

TEST_CASE("endpoints are asked in order, each once, and one error has all their failures") {
  const Chase chase({"a", "b", "c"});
  Failover failover = chase.begin();
  CHECK(Chase::host(failover) == "a");
  CHECK(failover.leave(refused(), start));
  CHECK(Chase::host(failover) == "b");
  CHECK_FALSE(failover.leave(failed(ErrorKind::not_found, "404"), start));
  CHECK(Chase::host(failover) == "c");
  CHECK(failure(ErrorKind::transport, [&] { failover.leave(failed(ErrorKind::unauthorized, "401"), start); }) ==
        "refused; 404; 401");
}

TEST_CASE("content that no endpoint has is not found; if one could not be asked, its error is thrown") {
  for (const auto second : {ErrorKind::not_found, ErrorKind::unauthorized, ErrorKind::unavailable}) {
    Failover failover = Chase({"a", "b"}).begin();
    failover.leave(failed(ErrorKind::not_found, "404"), start);
    CHECK(failure(second, [&] { failover.leave(failed(second, "x"), start); }) == "404; x");
  }
}

TEST_CASE("a full disk and a mistake of the user are not retried at other endpoints") {
  for (const auto kind : {ErrorKind::storage, ErrorKind::no_space, ErrorKind::usage}) {
    Failover failover = Chase({"a", "b"}).begin();
    CHECK(failure(kind, [&] { failover.leave(failed(kind, "x"), start); }) == "x");
  }
}

TEST_CASE("with one endpoint its own failure is thrown, after all retries") {
  for (const Chase& chase : {Chase({"a"}), Chase(std::vector<std::string>{})}) {
    registry::Repository repository = chase.repository;
    if (repository.mirrors->all.empty()) repository.mirrors = nullptr;
    Failover failover(repository, {}, chase.host_health, start);
    CHECK_FALSE(failover.is_lost(refused(), start));
    for (int i = 0; i < 6; ++i) CHECK(failover.retry().after(ErrorKind::transport, 0, std::nullopt));
    CHECK_FALSE(failover.retry().after(ErrorKind::transport, 0, std::nullopt));
    CHECK_THROWS_AS(failover.leave(refused(), start), NoConnection);
    CHECK_FALSE(chase.host_health->is_down(origin("a"), start));
  }
}

TEST_CASE("a host that cannot be connected to is left at once if another is left") {
  Failover failover = Chase({"a", "b"}).begin();
  CHECK(failover.is_lost(refused(), start));
  CHECK(failover.is_lost(failed(ErrorKind::unreachable, "no such host"), start));
  CHECK_FALSE(failover.is_lost(failed(ErrorKind::transport, "cut"), start));
  CHECK_FALSE(failover.is_lost(failed(ErrorKind::unavailable, "503"), start));
  failover.leave(refused(), start);
  CHECK_FALSE(failover.is_lost(refused(), start));
}

TEST_CASE("a failure that may pass is retried three times, and by the last endpoint as often as allowed") {
  Failover failover = Chase({"a", "b"}).begin();
  for (int i = 0; i < 3; ++i) CHECK(failover.retry().after(ErrorKind::unavailable, 0, std::nullopt));
  CHECK_FALSE(failover.retry().after(ErrorKind::unavailable, 0, std::nullopt));
  failover.leave(failed(ErrorKind::unavailable, "503"), start);
  for (int i = 0; i < 6; ++i) CHECK(failover.retry().after(ErrorKind::unavailable, 0, std::nullopt));
  CHECK_FALSE(failover.retry().after(ErrorKind::unavailable, 0, std::nullopt));
}

TEST_CASE("a host that is silent for long is left at the next failure, and one that keeps sending is not") {
  Failover failover = Chase({"a", "b"}).begin();
  const auto cut = failed(ErrorKind::transport, "cut");
  CHECK_FALSE(failover.is_lost(cut, start + 9s));
  CHECK(failover.is_lost(cut, start + 10s));
  CHECK_FALSE(failover.is_lost(failed(ErrorKind::not_found, "404"), start + 1h));
  failover.progress();
  CHECK_FALSE(failover.is_lost(cut, start + 1h));
  CHECK_FALSE(failover.is_lost(cut, start + 1h + 9s));
  CHECK(failover.is_lost(cut, start + 1h + 10s));
  failover.leave(cut, start + 2h);
  CHECK_FALSE(failover.is_lost(cut, start + 3h));
}

TEST_CASE("a host that failed is not asked for five minutes; then by one caller, and by all once it answers") {
  const Chase chase({"a", "b"});
  chase.begin().leave(refused(), start);
  CHECK(Chase({"a", "b"}, chase.host_health).first(start + 299s) == "b");
  const Failover::Time later = start + 5min;
  CHECK(Chase({"a", "b"}, chase.host_health).first(later) == "a");
  CHECK(Chase({"a", "b"}, chase.host_health).first(later) == "b");
  CHECK(Chase({"c", "a"}, chase.host_health).first(later) == "c");
  chase.host_health->over(origin("a"));
  CHECK(Chase({"a", "b"}, chase.host_health).first(later) == "a");
  CHECK(Chase({"a", "b"}, chase.host_health).first(later) == "a");
}

TEST_CASE("a host that another caller found down is left at the next failure") {
  const Chase chase({"a", "b"});
  Failover failover = chase.begin();
  CHECK_FALSE(failover.is_lost(failed(ErrorKind::transport, "cut"), start));
  CHECK(chase.host_health->begin(origin("a"), start));
  CHECK(failover.is_lost(failed(ErrorKind::transport, "cut"), start));
  CHECK_FALSE(failover.is_lost(failed(ErrorKind::corrupt, "x"), start));
  CHECK_FALSE(failover.leave(failed(ErrorKind::transport, "cut"), start));  // known already
  chase.host_health->begin(origin("b"), start);
  Failover other = Chase({"a", "b"}, chase.host_health).begin();
  CHECK_FALSE(other.is_lost(failed(ErrorKind::transport, "cut"), start));  // b is down too
}

TEST_CASE("a host that is down is asked last") {
  const Chase chase({"a", "b"});
  chase.host_health->begin(origin("a"), start);
  Failover failover = chase.begin();
  CHECK(Chase::host(failover) == "b");
  failover.leave(failed(ErrorKind::not_found, "404"), start);
  CHECK(Chase::host(failover) == "a");
  CHECK(failure(ErrorKind::transport, [&] { failover.leave(refused(), start); }) == "404; refused");
}

TEST_CASE("if all hosts are down, all are asked") {
  const Chase chase({"a", "b"});
  for (const auto* host : {"a", "b"}) chase.host_health->begin(origin(host), start);
  Failover failover = chase.begin();
  CHECK(Chase::host(failover) == "a");
  failover.leave(refused(), start);
  CHECK(Chase::host(failover) == "b");
}

TEST_CASE("a repository is asked first where its content was last found") {
  const Chase chase({"a", "b", "c"});
  Failover manifest = chase.begin();
  manifest.leave(failed(ErrorKind::not_found, "404"), start);
  Failover blob = chase.begin();
  CHECK(Chase::host(blob) == "b");
  blob.leave(failed(ErrorKind::not_found, "404"), start);
  CHECK(Chase::host(blob) == "a");
  CHECK(Chase({"a", "b", "c"}, chase.host_health).first() == "a");
}
