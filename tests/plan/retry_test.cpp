#include "acedt/plan/retry.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace acedt;
using namespace std::chrono_literals;
using acedt::plan::ConcurrencyLimit;
using plan::Retry;
using std::chrono::milliseconds;

namespace {

/// Returns the delay in milliseconds; -1 for giving up.
std::int64_t delay(Retry& retry, ErrorKind kind = ErrorKind::transport, double jitter = 0,
                   std::optional<std::chrono::seconds> asked = {}) {
  const auto again = retry.after(kind, jitter, asked);
  return again ? again->delay.count() : -1;
}

}  // namespace

TEST_CASE("the bound of the delay doubles from 0.5 s to 30 s, and the random number scales it") {
  const struct {
    double jitter;
    std::vector<std::int64_t> delays;
  } table[] = {
      {0, {0, 0, 0, 0, 0, 0, 0, 0, -1}},
      {0.5, {250, 500, 1000, 2000, 4000, 8000, 15000, 15000, -1}},
      {0.9999, {499, 999, 1999, 3999, 7999, 15998, 29997, 29997, -1}},
  };
  for (const auto& row : table) {
    Retry retry({.retries = 8});
    for (const std::int64_t want : row.delays) CHECK(delay(retry, ErrorKind::unavailable, row.jitter) == want);
  }
}

TEST_CASE("after many attempts the delay is still 30 s or the allowed maximum") {
  for (const auto& [allowed, want] : {std::pair(300s, 15000), std::pair(2s, 2000)}) {
    Retry retry({.retries = 1000, .max_wait = allowed});
    for (int i = 0; i < 999; ++i) delay(retry, ErrorKind::transport, 0.5);
    CHECK(delay(retry, ErrorKind::transport, 0.5) == want);
    CHECK(delay(retry) == -1);
  }
}

TEST_CASE("it gives up after the given number of retries") {
  for (const int retries : {0, 1, 6}) {
    Retry retry({.retries = retries});
    for (int i = 0; i < retries; ++i) CHECK(delay(retry) == 0);
    CHECK(delay(retry) == -1);
    CHECK(retry.failed() == retries + 1);
  }
}

TEST_CASE("progress resets the retries and the delay") {
  Retry retry({.retries = 2});
  for (int i = 0; i < 10; ++i) {
    CHECK(delay(retry, ErrorKind::transport, 0.5) == 250);
    CHECK(delay(retry, ErrorKind::transport, 0.5) == 500);
    retry.progress();
  }
  CHECK(retry.failed() == 20);
  delay(retry);
  delay(retry);
  CHECK(delay(retry) == -1);
}

TEST_CASE("Retry-After is a minimum, and one above the maximum means giving up") {
  const struct {
    std::chrono::seconds asked;
    std::int64_t delay;
  } table[] = {{0s, 350}, {1s, 1350}, {120s, 120'350}, {300s, 300'000}, {301s, -1}, {24h * 365, -1}};
  for (const auto& row : table) {
    Retry retry({});
    CHECK(delay(retry, ErrorKind::rate_limited, 0.7, row.asked) == row.delay);
  }
}

TEST_CASE("a registry that always sends Retry-After is given up after the retries") {
  Retry retry({.retries = 1});
  CHECK(delay(retry, ErrorKind::unavailable, 0, 1s) == 1000);
  CHECK(delay(retry, ErrorKind::unavailable, 0, 1s) == -1);
}

TEST_CASE("only transient failures are retried") {
  for (const ErrorKind kind :
       {ErrorKind::usage, ErrorKind::bad_input, ErrorKind::not_found, ErrorKind::unauthorized, ErrorKind::unreachable,
        ErrorKind::protocol, ErrorKind::storage, ErrorKind::no_space, ErrorKind::locked, ErrorKind::internal}) {
    Retry retry({});
    CHECK(delay(retry, kind, 0, 1s) == -1);
    CHECK(retry.failed() == 1);
  }
}

TEST_CASE("corrupt content is fetched once more, with or without progress") {
  Retry retry({});
  CHECK(delay(retry, ErrorKind::corrupt) == 0);
  CHECK(delay(retry) == 0);
  retry.progress();
  CHECK(delay(retry, ErrorKind::corrupt) == -1);
}

TEST_CASE("the limit doubles while the throughput grows") {
  ConcurrencyLimit limit(100);
  CHECK(limit.now() == 16);
  limit.was_full(10);
  CHECK(limit.now() == 32);
  limit.was_full(20);
  CHECK(limit.now() == 64);
  limit.was_full(40);
  CHECK(limit.now() == 100);
}

TEST_CASE("the limit grows by one when the throughput does not grow") {
  ConcurrencyLimit limit(100);
  limit.was_full(10);
  limit.was_full(10.9);
  CHECK(limit.now() == 33);
  limit.was_full(10.9);
  CHECK(limit.now() == 34);
  limit.was_full(20);  // other blobs, faster
  CHECK(limit.now() == 68);
}

TEST_CASE("a busy host halves the limit, once per interval") {
  ConcurrencyLimit limit(100);
  limit.was_full(10);
  limit.too_busy();
  limit.too_busy();
  CHECK(limit.now() == 16);
  limit.was_full(5);  // the interval in which it was too busy
  CHECK(limit.now() == 16);
  limit.was_full(50);
  CHECK(limit.now() == 17);
  limit.too_busy();
  CHECK(limit.now() == 8);
}

TEST_CASE("the limit stays between 1 and the maximum") {
  ConcurrencyLimit narrow(3);
  CHECK(narrow.now() == 3);
  narrow.was_full(1);
  CHECK(narrow.now() == 3);
  for (int i = 0; i < 5; ++i) {
    narrow.too_busy();
    narrow.was_full(1);
  }
  CHECK(narrow.now() == 1);
}
