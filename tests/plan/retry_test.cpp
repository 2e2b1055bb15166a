#include "acedt/plan/retry.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace acedt;
using namespace std::chrono_literals;
using plan::Retry;
using std::chrono::milliseconds;

namespace {

/// The delay in milliseconds; -1 for giving up.
std::int64_t delay(Retry& retry, ErrorKind kind = ErrorKind::transport, double spread = 0,
                   std::optional<std::chrono::seconds> asked = {}) {
  const auto again = retry.after(kind, spread, asked);
  return again ? again->delay.count() : -1;
}

}  // namespace

TEST_CASE("waits double from 250 ms to 30 s") {
  Retry retry(13);
  std::vector<std::int64_t> delays;
  for (int i = 0; i < 13; ++i) delays.push_back(delay(retry));
  CHECK(delays ==
        std::vector<std::int64_t>{250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000, 30000, -1});
}

TEST_CASE("a great many attempts wait no longer than 30 s") {
  Retry retry(1000);
  for (int i = 0; i < 998; ++i) delay(retry);
  CHECK(delay(retry) == 30000);
  CHECK(delay(retry) == -1);
}

TEST_CASE("up to a half is added to each wait, by the random number") {
  const struct {
    double spread;
    std::int64_t first, second;
  } table[] = {{0, 250, 500}, {0.5, 312, 625}, {0.2, 275, 550}, {0.9999, 374, 749}};
  for (const auto& row : table) {
    Retry retry;
    CHECK(delay(retry, ErrorKind::unavailable, row.spread) == row.first);
    CHECK(delay(retry, ErrorKind::transport, row.spread) == row.second);
  }
}

TEST_CASE("patience ends after the given number of attempts, six by default") {
  for (const int attempts : {1, 2, 6}) {
    Retry retry = attempts == 6 ? Retry() : Retry(attempts);
    for (int i = 1; i < attempts; ++i) CHECK(delay(retry) > 0);
    CHECK(delay(retry) == -1);
    CHECK(retry.failed() == attempts);
  }
}

TEST_CASE("progress renews patience, and waits begin anew") {
  Retry retry(3);
  for (int i = 0; i < 10; ++i) {
    CHECK(delay(retry) == 250);
    CHECK(delay(retry) == 500);
    retry.progress();
  }
  CHECK(retry.failed() == 20);
  delay(retry);
  delay(retry);
  CHECK(delay(retry) == -1);
}

TEST_CASE("what Retry-After asks for is waited for in full, up to five minutes") {
  const struct {
    std::chrono::seconds asked;
    std::int64_t delay;
  } table[] = {
      {0s, 0}, {1s, 1000}, {120s, 120'000}, {300s, 300'000}, {301s, -1}, {24h, -1}, {std::chrono::seconds::max(), -1}};
  for (const auto& row : table) {
    Retry retry;
    CHECK(delay(retry, ErrorKind::unavailable, 0.7, row.asked) == row.delay);
  }
}

TEST_CASE("a registry that asks for patience for ever is left after the attempts") {
  Retry retry(2);
  CHECK(delay(retry, ErrorKind::unavailable, 0, 1s) == 1000);
  CHECK(delay(retry, ErrorKind::unavailable, 0, 1s) == -1);
}

TEST_CASE("only failures that pass are tried again") {
  for (const ErrorKind kind :
       {ErrorKind::bad_input, ErrorKind::not_found, ErrorKind::unauthorized, ErrorKind::storage}) {
    Retry retry;
    CHECK(delay(retry, kind, 0, 1s) == -1);
    CHECK(retry.failed() == 1);
  }
}

TEST_CASE("content that is corrupt is fetched anew once, progress or not") {
  Retry retry;
  CHECK(delay(retry, ErrorKind::corrupt) == 250);
  CHECK(delay(retry) == 500);
  retry.progress();
  CHECK(delay(retry, ErrorKind::corrupt) == -1);
}
