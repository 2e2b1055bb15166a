#include "acedt/plan/concurrency_limit.hpp"

#include <doctest/doctest.h>

using acedt::plan::ConcurrencyLimit;

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
