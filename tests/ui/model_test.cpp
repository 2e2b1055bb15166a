#include "acedt/ui/model.hpp"

#include <doctest/doctest.h>

using namespace acedt;
using namespace std::chrono_literals;

namespace {

class Story {
 public:
  ui::Model model;
  report::Counters counters;

  void event(report::What what) { model.on({now_, std::move(what)}); }
  void second_passes() {
    now_ += 1s;
    model.tick(now_, counters);
  }

 private:
  std::chrono::steady_clock::time_point now_{1h};
};

report::ArtifactResolved resolved() {
  return {
      .archive = "000001-a.tar", .artifact = "r/a:1", .digest = oci::Digest::parse("sha256:" + std::string(64, 'a'))};
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

TEST_CASE("the forecast assumes that unresolved rows are as large as the others") {
  Story story;
  story.event(report::RunStarted{.rows = 2});
  story.event(resolved());
  story.counters.bytes_planned = 10'000;
  story.second_passes();
  CHECK(story.model.remaining() == std::nullopt);  // nothing moves yet
  story.counters.bytes_received = 1000;
  story.counters.bytes_stored = 1000;
  story.second_passes();
  CHECK(story.model.remaining() == 19s);
  story.event(resolved());
  story.counters.bytes_planned = 12'000;
  story.second_passes();
  CHECK(story.model.remaining() == 22s);  // 11000 bytes at 500 a second
}

TEST_CASE("blobs copied from earlier archives count for the forecast") {
  Story story;
  story.event(report::RunStarted{.rows = 1});
  story.event(resolved());
  story.counters.bytes_planned = 1000;
  story.second_passes();
  story.counters.bytes_stored = 250;
  story.second_passes();
  CHECK(story.model.speed() == 0_B);
  CHECK(story.model.remaining() == 3s);
}

TEST_CASE("a forecast of more than 1000 h is unset") {
  Story story;
  story.event(report::RunStarted{.rows = 1});
  story.event(resolved());
  story.counters.bytes_planned = std::uint64_t{1} << 62;
  story.second_passes();
  story.counters.bytes_received = 1;
  story.second_passes();
  CHECK(story.model.remaining() == std::nullopt);
}
