#include "acedt/engine/open_files.hpp"

#include <doctest/doctest.h>

#include <string>

#include "acedt/base/file.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::engine;

TEST_CASE("with many files, all requested connections and many archives are allowed") {
  const OpenFiles plenty = divide_open_files(1024, 16, 100'000);
  CHECK(plenty.connections == 1024);
  CHECK(plenty.idle_connections == 2048);
  CHECK(plenty.archives == 256);
  CHECK(divide_open_files(64, 4, 1024).connections == 64);
}

TEST_CASE("with few files, everything that is open at a time fits") {
  for (const std::size_t threads : {1U, 4U, 64U}) {
    for (std::size_t files = 1000; files < 2000; files += 50) {
      const OpenFiles few = divide_open_files(1024, threads, files);
      CHECK(few.connections >= 1);
      CHECK(few.connections < 1024);
      CHECK(few.idle_connections >= 1);
      CHECK(few.archives >= 4);
      CHECK(2 * few.connections + few.idle_connections * (threads + 1) + 3 * few.archives < files);
    }
  }
}

TEST_CASE("too few files for a run are refused") {
  const std::string text = testing::failure(ErrorKind::usage, [] { divide_open_files(64, 1, 30); });
  CHECK(text == "this process may open 30 more files, but 48 are needed");
  CHECK(divide_open_files(64, 1, 48).connections == 1);
}

TEST_CASE("open files are subtracted from the limit") {
  const std::size_t before = open_files_left();
  CHECK(before > 0);
  const File file = File::create("/dev/null");
  CHECK(open_files_left() == before - 1);
}
