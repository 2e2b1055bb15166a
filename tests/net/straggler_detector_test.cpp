#include "acedt/net/straggler_detector.hpp"

#include <doctest/doctest.h>

#include <array>

using acedt::net::StragglerDetector;

namespace {

/// Four bodies under way, the first of which is the one in question.
struct Race {
  Race() {
    for (StragglerDetector::Body& body : bodies) {
      body.cut = [this, &body] {
        ++cuts;
        straggler_cut = straggler_cut || &body == bodies.data();
      };
      body.waiting = body.resumable = true;
      stragglers.add(body);
    }
    stragglers.look();
  }
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  /// A second in which the first received so much, and the others that.
  void second(std::uint64_t first, std::uint64_t others) {
    for (StragglerDetector::Body& body : bodies) body.received = &body == bodies.data() ? first : others;
    stragglers.look();
  }

  StragglerDetector stragglers;
  std::array<StragglerDetector::Body, 4> bodies;
  int cuts = 0;
  bool straggler_cut = false;
};

}  // namespace

TEST_CASE("a connection ten times slower than the others for three seconds is cut, once") {
  Race race;
  for (int i = 0; i < 2; ++i) race.second(900'000, 10'000'000);
  CHECK(race.cuts == 0);
  race.second(0, 10'000'000);
  CHECK(race.straggler_cut);
  race.second(0, 10'000'000);
  CHECK(race.cuts == 1);
}

TEST_CASE("a connection that is only somewhat slower, or slow at times, is not cut") {
  Race race;
  for (int i = 0; i < 5; ++i) race.second(1'100'000, 10'000'000);
  for (int i = 0; i < 9; ++i) race.second(i % 3 == 2 ? 5'000'000 : 0, 10'000'000);
  CHECK(race.cuts == 0);
}

TEST_CASE("the last connection is compared with the previous median") {
  Race race;
  race.second(10'000'000, 10'000'000);
  for (std::size_t i = 1; i < race.bodies.size(); ++i) race.stragglers.remove(race.bodies[i]);
  for (int i = 0; i < 3; ++i) race.second(100'000, 0);
  CHECK(race.straggler_cut);
}

TEST_CASE("if all connections become slow, none is cut") {
  Race race;
  race.second(10'000'000, 10'000'000);
  for (int i = 0; i < 9; ++i) race.second(100'000, 100'000);
  for (int i = 0; i < 9; ++i) race.second(0, 1'000);
  CHECK(race.cuts == 0);
}

TEST_CASE("a body that waits for this side, or cannot be resumed, is not cut") {
  Race waits;
  waits.bodies[0].waiting = false;
  Race whole;
  whole.bodies[0].resumable = false;
  for (int i = 0; i < 9; ++i) {
    waits.second(0, 10'000'000);
    whole.second(0, 10'000'000);
  }
  CHECK(waits.cuts == 0);
  CHECK(whole.cuts == 0);
}
