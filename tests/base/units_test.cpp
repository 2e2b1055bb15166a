#include "acedt/base/units.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace acedt;
using namespace std::chrono_literals;

TEST_CASE("sizes are printed in powers of 1000, with one decimal below ten") {
  const struct {
    Bytes bytes;
    std::string_view want;
  } table[] = {
      {0_B, "0 B"},
      {1_B, "1 B"},
      {9_B, "9 B"},
      {512_B, "512 B"},
      {999_B, "999 B"},
      {1000_B, "1.0 kB"},
      {1234_B, "1.2 kB"},
      {1250_B, "1.2 kB"},
      {9949_B, "9.9 kB"},
      {9950_B, "10 kB"},
      {10'000_B, "10 kB"},
      {999'499_B, "999 kB"},
      {999'500_B, "1.0 MB"},
      {35'000'000_B, "35 MB"},
      {999'999'999_B, "1.0 GB"},
      {8_GiB, "8.6 GB"},
      {1'000'000'000'000_B, "1.0 TB"},
      {{std::numeric_limits<std::uint64_t>::max()}, "18 EB"},
  };
  for (const auto& [bytes, want] : table) CHECK(human(bytes) == want);
}

TEST_CASE("binary units are powers of 1024, and bytes add up") {
  CHECK(1_KiB == 1024_B);
  CHECK(64_MiB == 65536_KiB);
  CHECK(2_GiB - 1_GiB == 1024_MiB);
  Bytes sum = 3_B;
  sum += 4_B;
  CHECK(sum == 7_B);
  CHECK(sum + 1_B == 8_B);
  CHECK(6_B < sum);
}

TEST_CASE("parse_bytes() accepts a number with a unit of bytes") {
  CHECK(parse_bytes("7") == 7_B);
  CHECK(parse_bytes("100MB") == Bytes{100'000'000});
  CHECK(parse_bytes("1.5kB") == 1500_B);
  CHECK(parse_bytes("64KiB") == 64_KiB);
  for (const auto bad : {"", "MB", "-1", "1 MB", "1TBx", "nan", "inf", "1e30GB", "0x10"})
    CHECK_MESSAGE(!parse_bytes(bad), bad);
}

TEST_CASE("durations are printed as Go prints them") {
  CHECK(human(0ms) == "0s");
  CHECK(human(-3ms) == "0s");
  CHECK(human(44ms) == "44ms");
  CHECK(human(1s) == "1s");
  CHECK(human(2485ms) == "2.485s");
  CHECK(human(2005ms) == "2.005s");
  CHECK(human(62500ms) == "1m2.5s");
  CHECK(human(1min) == "1m0s");
  CHECK(human(3h + 4s) == "3h0m4s");
}

TEST_CASE("parse_duration() accepts one or more numbers with a unit of time") {
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("30s") == 30s);
  CHECK(parse_duration("1.5m") == 90s);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("0s") == 0s);
  CHECK(parse_duration("8760h") == 8760h);
  for (const char* wrong : {"", "5", "s", "-1s", "1d", "1 s", "1s2", "1e9h", "nan", "inf", "1S"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_duration(wrong));
  }
}
