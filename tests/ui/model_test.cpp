#include "acedt/ui/model.hpp"

#include "ui/run.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace acedt;
using namespace acedt::testing;
using namespace std::chrono_literals;

namespace {

class Story {
 public:
  void event(report::What what) { run_.event(std::move(what)); }
  void second_passes() { passes(1s); }
  void passes(std::chrono::milliseconds time) {
    run_.wait(time);
    run_.tick();
  }

 private:
  Observed observed_;
  Run run_{observed_};

 public:
  const ui::Model& model = observed_.model;
  report::Counters& counters = run_.counters;
};

report::ArtifactResolved resolved(const std::string& archive = "000001-a.tar", Bytes size = {}) {
  return {.archive = archive, .artifact = "r/a:1", .digest = some_digest, .size = size};
}

report::ArchiveCommitted committed(const std::string& archive = "000001-a.tar") {
  return {.archive = archive, .artifact = "r/a:1", .digest = some_digest};
}

}  // namespace

TEST_CASE("skipped rows are not counted") {
  Story story;
  story.event(report::RunStarted{.rows = 5, .skipped = 2});
  CHECK(story.model.progress().rows == 3);
}

TEST_CASE("the speed is that of the last 10 s") {
  Story story;
  story.event(report::RunStarted{.rows = 1});
  CHECK(story.model.speed() == 0_B);
  for (int i = 0; i < 30; ++i) {
    story.second_passes();
    story.counters.bytes_received += 1000;
  }
  CHECK(story.model.speed() == 1000_B);
  for (int i = 0; i < 5; ++i) story.second_passes();
  CHECK(story.model.speed() == 600_B);  // the last thousand came just before the first of these
  for (int i = 0; i < 10; ++i) story.second_passes();
  CHECK(story.model.speed() == 0_B);
  CHECK(story.model.elapsed() == 45s);
}

TEST_CASE("percent and forecast are those of the whole list: unresolved rows count with the mean of the others") {
  Story story;
  story.event(report::RunStarted{.rows = 4});
  story.event(resolved());
  story.counters.bytes_planned = 10'000;
  story.second_passes();
  CHECK(story.model.whole() == 40'000_B);
  CHECK(story.model.share().is_estimated);
  CHECK(story.model.remaining() == std::nullopt);  // nothing moves yet
  for (int i = 0; i < 2; ++i) {
    story.counters.bytes_received += 1000;
    story.counters.bytes_stored += 1000;
    story.second_passes();
  }
  CHECK(story.model.share().percent == 5);
  CHECK(story.model.remaining() == 38s);
  for (const char* archive : {"2", "3", "4"}) story.event(resolved(archive));
  story.counters.bytes_planned = 12'000;
  story.second_passes();
  CHECK_FALSE(story.model.share().is_estimated);
  CHECK(story.model.whole() == 12'000_B);
  CHECK(story.model.remaining() == 15s);  // 10000 bytes, at 2000 in 3 s
}

TEST_CASE("percent never goes backwards, and is 100 only once every row is done") {
  Story story;
  story.event(report::RunStarted{.rows = 2});
  story.event(resolved());
  story.counters.bytes_planned = 1000;
  story.counters.bytes_stored = 1000;
  story.second_passes();
  CHECK(story.model.share().percent == 50);
  story.event(committed());
  story.event(resolved("2"));
  story.counters.bytes_planned = 10'000;  // the second row is much larger than the first
  story.second_passes();
  CHECK(story.model.share().percent == 50);
  story.counters.bytes_stored = 6000;
  story.second_passes();
  CHECK(story.model.share().percent == 60);
  story.counters.bytes_stored = 4000;  // a blob did not match its digest
  story.second_passes();
  CHECK(story.model.share().percent == 60);
  story.counters.bytes_stored = 10'000;
  story.second_passes();
  CHECK(story.model.share().percent == doctest::Approx(99.9));
  story.event(committed("2"));
  story.second_passes();
  CHECK(story.model.share().percent == 100);
}

TEST_CASE("what an interrupted run left is done, but makes the forecast no shorter") {
  Story story;
  story.event(report::RunStarted{.rows = 1});
  story.event(resolved());
  story.counters.bytes_planned = 100'000;
  story.second_passes();
  story.counters.bytes_stored += 50'000;
  story.counters.bytes_recovered += 50'000;
  for (int i = 0; i < 5; ++i) {
    story.counters.bytes_received += 1000;
    story.counters.bytes_stored += 1000;
    story.second_passes();
  }
  CHECK(story.model.share().percent == 55);
  CHECK(story.model.speed() == 1000_B);
  CHECK(story.model.remaining() == 45s);
}

TEST_CASE("blobs copied from earlier archives count for the forecast") {
  Story story;
  story.event(report::RunStarted{.rows = 1});
  story.event(resolved());
  story.counters.bytes_planned = 1000;
  story.second_passes();
  story.counters.bytes_stored = 250;
  story.passes(2s);
  CHECK(story.model.speed() == 0_B);
  CHECK(story.model.remaining() == 6s);
}

TEST_CASE("the time before the first byte does not count for the forecast") {
  Story story;
  story.event(report::RunStarted{.rows = 1});
  for (int i = 0; i < 30; ++i) story.second_passes();
  story.event(resolved());
  story.counters.bytes_planned = 10'000;
  for (int i = 0; i < 2; ++i) {
    story.second_passes();
    story.counters.bytes_received += 1000;
    story.counters.bytes_stored += 1000;
  }
  story.second_passes();
  CHECK(story.model.remaining() == 8s);
}

TEST_CASE("a forecast of more than 1000 h is unset") {
  Story story;
  story.event(report::RunStarted{.rows = 1});
  story.event(resolved());
  story.counters.bytes_planned = std::uint64_t{1} << 62;
  story.second_passes();
  story.counters.bytes_received = story.counters.bytes_stored = 1;
  story.passes(3s);
  CHECK(story.model.remaining() == std::nullopt);
}

TEST_CASE("rows that need no blobs are counted instead") {
  Story story;
  story.event(report::RunStarted{.rows = 4});
  story.event(resolved());
  story.event(committed());
  story.second_passes();
  CHECK(story.model.share().percent == 25);
}

TEST_CASE("a failed row belongs to the whole no more") {
  Story story;
  story.event(report::RunStarted{.rows = 2});
  story.event(report::RowFailed{.name = "b", .passed_over = true});
  story.event(resolved());
  story.counters.bytes_planned = 1000;
  story.second_passes();
  CHECK(story.model.progress().failed == 1);
  CHECK(story.model.whole() == 1000_B);
  CHECK_FALSE(story.model.share().is_estimated);
}

TEST_CASE("a run that starts over keeps what is done") {
  Story story;
  story.event(report::RunStarted{.rows = 3});
  story.event(resolved("1", 1000_B));
  story.event(resolved("2", 2000_B));
  story.counters.bytes_planned = 3000;
  story.counters.bytes_stored = story.counters.bytes_received = 2500;
  story.counters.requests = 10;
  story.second_passes();
  story.event(committed("1"));
  story.counters.bytes_planned = story.counters.bytes_stored = story.counters.bytes_received = 0;
  story.counters.requests = 0;
  story.second_passes();
  CHECK(story.model.progress().done == 1000_B);
  CHECK(story.model.progress().transferred == 2500_B);
  CHECK(story.model.progress().resolved == 1);
  CHECK(story.model.share().percent == doctest::Approx(100 * 2500 / 4500.0));
}

TEST_CASE("blobs that are being pushed count as far as they were read") {
  Story story;
  story.event(report::PushStarted{.archives = 1});
  story.event(report::PushPlanned{.archive = "1", .size = 2000_B});
  story.counters.bytes_planned = 2000;
  const std::string archive = "1";
  report::Transfers::Transfer transfer(story.counters.transfers, archive, some_digest, 2000_B);
  transfer.add(500);
  story.second_passes();
  CHECK(story.model.share().percent == 25);
  CHECK_FALSE(story.model.share().is_estimated);
}

TEST_CASE("the transfers that take longest are shown, in their places") {
  Story story;
  const std::string archive = "000001-a.tar";
  std::vector<std::unique_ptr<report::Transfers::Transfer>> transfers;
  for (int i = 0; i < 6; ++i)
    transfers.push_back(std::make_unique<report::Transfers::Transfer>(story.counters.transfers, archive, some_digest,
                                                                      Bytes{i == 5 ? 90'000U : 10'000U}));
  const auto shown = [&] {
    std::vector<std::uint64_t> numbers;
    for (const ui::ShownTransfer& one : story.model.transfers()) numbers.push_back(one.number);
    return numbers;
  };
  story.passes(200ms);
  CHECK(shown().empty());  // most transfers are over before one can read their names
  for (int i = 0; i < 10; ++i) {
    for (const auto& one : transfers) one->add(200);
    story.passes(200ms);
  }
  CHECK(shown() == std::vector<std::uint64_t>{2, 3, 4, 6});
  CHECK(story.model.transfers().back().rate.count == doctest::Approx(1000).epsilon(0.01));
  transfers[2]->end();
  story.passes(200ms);
  CHECK(shown() == std::vector<std::uint64_t>{1, 2, 4, 6});
  CHECK(story.model.transfers(1).front().number == 6);
}

TEST_CASE("a transfer tells for how long no byte has come") {
  Story story;
  const std::string archive = "000001-a.tar";
  report::Transfers::Transfer transfer(story.counters.transfers, archive, some_digest, 10_B);
  story.second_passes();
  transfer.add(1);
  for (int i = 0; i < 8; ++i) story.second_passes();
  CHECK(story.model.transfers().front().idle == 7s);
  CHECK(story.model.transfers().front().done == 1_B);
}

TEST_CASE("a host that fails is waited for until it answers") {
  Story story;
  const report::Retrying retry{"blob", "GET http://r.example/v2/: connection refused", 3s, 1, "r.example"};
  story.event(retry);
  story.event(retry);
  CHECK(story.model.waits().empty());  // a single failure is nothing to tell
  story.second_passes();
  REQUIRE(story.model.waits().size() == 1);
  const ui::Wait wait = story.model.waits().front();
  CHECK(wait.host == "r.example");
  CHECK(wait.why == "connection refused");
  CHECK(wait.failed == 2);
  CHECK(wait.left == 2s);
  for (int i = 0; i < 3; ++i) story.second_passes();
  CHECK(story.model.waits().front().left == std::nullopt);
  story.event(report::HostRecovered{"r.example"});
  CHECK(story.model.waits().empty());
}

TEST_CASE("a pause that a host asked for is shown until it is over") {
  Story story;
  story.event(report::HostPaused{"r.example", 30s});
  story.event(report::HostRecovered{"r.example"});
  story.second_passes();
  REQUIRE(story.model.waits().size() == 1);
  CHECK(story.model.waits().front().failed == 0);
  CHECK(story.model.waits().front().left == 29s);
  for (int i = 0; i < 30; ++i) story.second_passes();
  CHECK(story.model.waits().empty());
}

TEST_CASE("a host that nobody asks any more is forgotten") {
  Story story;
  story.event(report::Retrying{"blob", "503", 1s, 1, "r.example"});
  for (int i = 0; i < 62; ++i) story.second_passes();
  CHECK(story.model.waits().empty());
}
