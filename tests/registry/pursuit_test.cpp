#include "acedt/registry/pursuit.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/failure.hpp"

using namespace acedt;
using namespace std::chrono_literals;
using registry::NoConnection;
using registry::Outages;
using registry::Pursuit;
using testing::failure;

namespace {

const Pursuit::Time start{1h};

http::Origin origin(const std::string& host) {
  return {.host = host};
}

/// A repository at hosts of these names.
registry::Repository at_hosts(const std::vector<std::string>& hosts) {
  registry::Repository repository;
  repository.places = std::make_shared<registry::Places>();
  for (const std::string& host : hosts) {
    repository.target.origin = origin(host);
    repository.places->all.emplace_back().target.origin = origin(host);
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
  explicit Chase(const std::vector<std::string>& hosts, std::shared_ptr<Outages> known = std::make_shared<Outages>())
      : repository(at_hosts(hosts)), outages(std::move(known)) {}

  Pursuit begin(Pursuit::Time now = start) const { return {repository, {}, outages, now}; }
  std::string first(Pursuit::Time now = start) const { return host(begin(now)); }
  static std::string host(const Pursuit& pursuit) { return pursuit.where().target.origin.host; }

  registry::Repository repository;
  std::shared_ptr<Outages> outages;
};

}  // namespace

TEST_CASE("endpoints are asked in their order, each once, and their failures are told together") {
  const Chase chase({"a", "b", "c"});
  Pursuit pursuit = chase.begin();
  CHECK(Chase::host(pursuit) == "a");
  CHECK(pursuit.leave(refused(), start));
  CHECK(Chase::host(pursuit) == "b");
  CHECK_FALSE(pursuit.leave(failed(ErrorKind::not_found, "404"), start));
  CHECK(Chase::host(pursuit) == "c");
  CHECK(failure(ErrorKind::transport, [&] { pursuit.leave(failed(ErrorKind::unauthorized, "401"), start); }) ==
        "refused; 404; 401");
}

TEST_CASE("what no endpoint has is not found; what one may have is not said to be") {
  for (const auto second : {ErrorKind::not_found, ErrorKind::unauthorized, ErrorKind::unavailable}) {
    Pursuit pursuit = Chase({"a", "b"}).begin();
    pursuit.leave(failed(ErrorKind::not_found, "404"), start);
    CHECK(failure(second, [&] { pursuit.leave(failed(second, "x"), start); }) == "404; x");
  }
}

TEST_CASE("a full disk and a mistake of the user are the same for all endpoints") {
  for (const auto kind : {ErrorKind::storage, ErrorKind::no_space, ErrorKind::usage}) {
    Pursuit pursuit = Chase({"a", "b"}).begin();
    CHECK(failure(kind, [&] { pursuit.leave(failed(kind, "x"), start); }) == "x");
  }
}

TEST_CASE("a repository at one endpoint has its own failure, with all the patience there is") {
  for (const Chase& chase : {Chase({"a"}), Chase(std::vector<std::string>{})}) {
    registry::Repository repository = chase.repository;
    if (repository.places->all.empty()) repository.places = nullptr;
    Pursuit pursuit(repository, {}, chase.outages, start);
    CHECK_FALSE(pursuit.is_lost(refused(), start));
    for (int i = 0; i < 6; ++i) CHECK(pursuit.retry().after(ErrorKind::transport, 0, std::nullopt));
    CHECK_FALSE(pursuit.retry().after(ErrorKind::transport, 0, std::nullopt));
    CHECK_THROWS_AS(pursuit.leave(refused(), start), NoConnection);
    CHECK_FALSE(chase.outages->is_down(origin("a"), start));
  }
}

TEST_CASE("a host to which there is no connection is left at once, if another is left") {
  Pursuit pursuit = Chase({"a", "b"}).begin();
  CHECK(pursuit.is_lost(refused(), start));
  CHECK(pursuit.is_lost(failed(ErrorKind::unreachable, "no such host"), start));
  CHECK_FALSE(pursuit.is_lost(failed(ErrorKind::transport, "cut"), start));
  CHECK_FALSE(pursuit.is_lost(failed(ErrorKind::unavailable, "503"), start));
  pursuit.leave(refused(), start);
  CHECK_FALSE(pursuit.is_lost(refused(), start));
}

TEST_CASE("what may pass is tried three times more, and by the last endpoint as often as ever") {
  Pursuit pursuit = Chase({"a", "b"}).begin();
  for (int i = 0; i < 3; ++i) CHECK(pursuit.retry().after(ErrorKind::unavailable, 0, std::nullopt));
  CHECK_FALSE(pursuit.retry().after(ErrorKind::unavailable, 0, std::nullopt));
  pursuit.leave(failed(ErrorKind::unavailable, "503"), start);
  for (int i = 0; i < 6; ++i) CHECK(pursuit.retry().after(ErrorKind::unavailable, 0, std::nullopt));
  CHECK_FALSE(pursuit.retry().after(ErrorKind::unavailable, 0, std::nullopt));
}

TEST_CASE("a host that is silent for long is left at the next failure, one that goes on sending is not") {
  Pursuit pursuit = Chase({"a", "b"}).begin();
  const auto cut = failed(ErrorKind::transport, "cut");
  CHECK_FALSE(pursuit.is_lost(cut, start + 9s));
  CHECK(pursuit.is_lost(cut, start + 10s));
  CHECK_FALSE(pursuit.is_lost(failed(ErrorKind::not_found, "404"), start + 1h));
  pursuit.progress();
  CHECK_FALSE(pursuit.is_lost(cut, start + 1h));
  CHECK_FALSE(pursuit.is_lost(cut, start + 1h + 9s));
  CHECK(pursuit.is_lost(cut, start + 1h + 10s));
  pursuit.leave(cut, start + 2h);
  CHECK_FALSE(pursuit.is_lost(cut, start + 3h));
}

TEST_CASE("a host that failed is not asked for five minutes; then one asks, and when it answers all do") {
  const Chase chase({"a", "b"});
  chase.begin().leave(refused(), start);
  CHECK(Chase({"a", "b"}, chase.outages).first(start + 299s) == "b");
  const Pursuit::Time later = start + 5min;
  CHECK(Chase({"a", "b"}, chase.outages).first(later) == "a");
  CHECK(Chase({"a", "b"}, chase.outages).first(later) == "b");
  CHECK(Chase({"c", "a"}, chase.outages).first(later) == "c");
  chase.outages->over(origin("a"));
  CHECK(Chase({"a", "b"}, chase.outages).first(later) == "a");
  CHECK(Chase({"a", "b"}, chase.outages).first(later) == "a");
}

TEST_CASE("who is at a host that others found down leaves it at the next failure") {
  const Chase chase({"a", "b"});
  Pursuit pursuit = chase.begin();
  CHECK_FALSE(pursuit.is_lost(failed(ErrorKind::transport, "cut"), start));
  CHECK(chase.outages->begin(origin("a"), start));
  CHECK(pursuit.is_lost(failed(ErrorKind::transport, "cut"), start));
  CHECK_FALSE(pursuit.is_lost(failed(ErrorKind::corrupt, "x"), start));
  CHECK_FALSE(pursuit.leave(failed(ErrorKind::transport, "cut"), start));  // known already
  chase.outages->begin(origin("b"), start);
  Pursuit other = Chase({"a", "b"}, chase.outages).begin();
  CHECK_FALSE(other.is_lost(failed(ErrorKind::transport, "cut"), start));  // b is down too
}

TEST_CASE("a host that is down is asked last, where no other has it") {
  const Chase chase({"a", "b"});
  chase.outages->begin(origin("a"), start);
  Pursuit pursuit = chase.begin();
  CHECK(Chase::host(pursuit) == "b");
  pursuit.leave(failed(ErrorKind::not_found, "404"), start);
  CHECK(Chase::host(pursuit) == "a");
  CHECK(failure(ErrorKind::transport, [&] { pursuit.leave(refused(), start); }) == "404; refused");
}

TEST_CASE("where all hosts are down, all are asked") {
  const Chase chase({"a", "b"});
  for (const auto* host : {"a", "b"}) chase.outages->begin(origin(host), start);
  Pursuit pursuit = chase.begin();
  CHECK(Chase::host(pursuit) == "a");
  pursuit.leave(refused(), start);
  CHECK(Chase::host(pursuit) == "b");
}

TEST_CASE("the content of a repository is asked for where the last of it was found") {
  const Chase chase({"a", "b", "c"});
  Pursuit manifest = chase.begin();
  manifest.leave(failed(ErrorKind::not_found, "404"), start);
  Pursuit blob = chase.begin();
  CHECK(Chase::host(blob) == "b");
  blob.leave(failed(ErrorKind::not_found, "404"), start);
  CHECK(Chase::host(blob) == "a");
  CHECK(Chase({"a", "b", "c"}, chase.outages).first() == "a");
}
