#include "acedt/plan/width.hpp"

#include <doctest/doctest.h>

using acedt::plan::Width;

TEST_CASE("a host gets twice as many connections while that brings more") {
  Width width(100);
  CHECK(width.now() == 16);
  width.was_full(10);
  CHECK(width.now() == 32);
  width.was_full(20);
  CHECK(width.now() == 64);
  width.was_full(40);
  CHECK(width.now() == 100);
}

TEST_CASE("when more connections bring no more, one is added at a time") {
  Width width(100);
  width.was_full(10);
  width.was_full(10.9);
  CHECK(width.now() == 33);
  width.was_full(10.9);
  CHECK(width.now() == 34);
  width.was_full(20);  // other work
  CHECK(width.now() == 68);
}

TEST_CASE("a host that is too busy gets half as many, once for all that it refuses at a time") {
  Width width(100);
  width.was_full(10);
  width.too_busy();
  width.too_busy();
  CHECK(width.now() == 16);
  width.was_full(5);  // of the time in which it was too busy
  CHECK(width.now() == 16);
  width.was_full(50);
  CHECK(width.now() == 17);
  width.too_busy();
  CHECK(width.now() == 8);
}

TEST_CASE("a host never gets less than one connection, nor more than it may") {
  Width narrow(3);
  CHECK(narrow.now() == 3);
  narrow.was_full(1);
  CHECK(narrow.now() == 3);
  for (int i = 0; i < 5; ++i) {
    narrow.too_busy();
    narrow.was_full(1);
  }
  CHECK(narrow.now() == 1);
}
