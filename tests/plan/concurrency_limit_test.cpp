#include "acedt/plan/concurrency_limit.hpp"

#include <doctest/doctest.h>

using acedt::plan::ConcurrencyLimit;

TEST_CASE("a host gets twice as many connections while that brings more") {
  ConcurrencyLimit limit(100);
  CHECK(limit.now() == 16);
  limit.was_full(10);
  CHECK(limit.now() == 32);
  limit.was_full(20);
  CHECK(limit.now() == 64);
  limit.was_full(40);
  CHECK(limit.now() == 100);
}

TEST_CASE("when more connections bring no more, one is added at a time") {
  ConcurrencyLimit limit(100);
  limit.was_full(10);
  limit.was_full(10.9);
  CHECK(limit.now() == 33);
  limit.was_full(10.9);
  CHECK(limit.now() == 34);
  limit.was_full(20);  // other work
  CHECK(limit.now() == 68);
}

TEST_CASE("a host that is too busy gets half as many, once for all that it refuses at a time") {
  ConcurrencyLimit limit(100);
  limit.was_full(10);
  limit.too_busy();
  limit.too_busy();
  CHECK(limit.now() == 16);
  limit.was_full(5);  // of the time in which it was too busy
  CHECK(limit.now() == 16);
  limit.was_full(50);
  CHECK(limit.now() == 17);
  limit.too_busy();
  CHECK(limit.now() == 8);
}

TEST_CASE("a host never gets less than one connection, nor more than it may") {
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
