#include "acedt/net/token_bucket.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace acedt;
using namespace std::chrono_literals;

namespace {

using Seconds = std::chrono::duration<double>;

const net::TokenBucket::Time start{100h};

}  // namespace

TEST_CASE("units within the burst do not wait, and each caller after that waits its turn") {
  net::TokenBucket bucket(10, 1);
  CHECK(bucket.take(1, start) == 0ns);
  CHECK(bucket.take(1, start) == 100ms);
  CHECK(bucket.take(1, start) == 200ms);
  CHECK(bucket.take(1, start + 200ms) == 100ms);
  CHECK(bucket.take(1, start + 1h) == 0ns);
  CHECK(bucket.take(1, start + 1h) == 100ms);
}

TEST_CASE("time that goes backwards adds no tokens") {
  net::TokenBucket bucket(10, 1);
  bucket.take(2, start);
  CHECK(bucket.take(0, start - 1h) == 100ms);
  CHECK(bucket.take(0, start + 100ms) == 0ns);
}

TEST_CASE("many that share a rate get it to the hundredth, in even parts, however large their pieces are") {
  constexpr double rate = 50e6;
  constexpr std::size_t connections = 64;
  constexpr auto time = 20s;
  net::TokenBucket bucket(rate, rate * 0.05);
  std::minstd_rand random(1);
  std::uniform_real_distribution<double> piece(1e3, 500e3);
  // Each takes a piece when it may go on: the one that may first, first.
  std::vector<net::TokenBucket::Time> ready(connections, start);
  std::vector<double> received(connections, 0);
  for (;;) {
    const auto next = std::ranges::min_element(ready);
    if (*next >= start + time) break;
    const double size = piece(random);
    *next += std::chrono::duration_cast<std::chrono::nanoseconds>(bucket.take(size, *next));
    if (*next <= start + time) received[static_cast<std::size_t>(next - ready.begin())] += size;
  }
  double all = 0;
  for (const double one : received) all += one;
  CHECK(all / Seconds(time).count() == doctest::Approx(rate).epsilon(0.02));
  CHECK(*std::ranges::min_element(received) > 0.7 * *std::ranges::max_element(received));
}
