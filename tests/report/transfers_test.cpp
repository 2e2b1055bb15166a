#include "acedt/report/transfers.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace acedt;
using report::Transfers;

namespace {

const std::string archive = "000001-a.tar";
const oci::Digest digest = oci::Digest::parse("sha256:" + std::string(64, 'a'));

}  // namespace

TEST_CASE("a transfer is listed from its beginning to its end") {
  Transfers transfers;
  std::optional<Transfers::Transfer> first(std::in_place, transfers, archive, digest, 10_B);
  Transfers::Transfer second(transfers, archive, digest, 20_B);
  second.add(5);
  second.add(7);
  REQUIRE(transfers.states().size() == 2);
  const report::TransferState state = transfers.states().back();
  CHECK(state.number == 2);
  CHECK(state.archive == archive);
  CHECK(state.digest == digest);
  CHECK(state.size == 20_B);
  CHECK(state.done == 12_B);
  first.reset();
  REQUIRE(transfers.states().size() == 1);
  CHECK(transfers.states().front().number == 2);
  second.end();
  second.end();
  second.add(1);
  CHECK(transfers.states().empty());
}

TEST_CASE("a transfer that starts over has done nothing, and never more than its size") {
  Transfers transfers;
  Transfers::Transfer transfer(transfers, archive, digest, 10_B);
  transfer.add(12);
  CHECK(transfers.states().front().done == 10_B);
  transfer.restart_at(3_B);
  CHECK(transfers.states().front().done == 3_B);
}

TEST_CASE("transfers begin and end on many threads while they are looked at") {
  Transfers transfers;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&transfers] {
      for (int j = 0; j < 1000; ++j) {
        Transfers::Transfer one(transfers, archive, digest, 10_B);
        Transfers::Transfer other(transfers, archive, digest, 10_B);
        other.add(1);
        one.end();
      }
    });
  for (int i = 0; i < 100; ++i)
    for (const report::TransferState& state : transfers.states()) CHECK(state.done <= 1_B);
  for (std::thread& thread : threads) thread.join();
  CHECK(transfers.states().empty());
}
