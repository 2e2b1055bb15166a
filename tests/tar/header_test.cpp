#include "acedt/tar/header.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

using namespace acedt;
using namespace std::literals;

namespace {

/// Returns the fields of a header in order, each without the NULs at its end.
std::string fields(std::string_view header) {
  std::string text;
  std::size_t at = 0;
  for (const std::size_t size :
       std::initializer_list<std::size_t>{100, 8, 8, 8, 12, 12, 8, 1, 100, 6, 2, 32, 32, 8, 8, 155, 12}) {
    const std::string_view field = header.substr(at, size);
    text += std::string(field.substr(0, field.find_last_not_of('\0') + 1)) + "|";
    at += size;
  }
  return text;
}

std::string nuls(std::size_t n) {
  return std::string(n, '\0');
}

}  // namespace

TEST_CASE("the header of a file equals Go's byte for byte") {
  const std::string want = "oci-layout" + nuls(90) + "0000666\0"s + "0000000\0"s + "0000000\0"s + "00000000036\0"s +
                           "00000000000\0"s + "011220\0 "s + "0" + nuls(100) + "ustar\0"s + "00" + nuls(64) +
                           "0000000\0"s + "0000000\0"s + nuls(155 + 12);
  CHECK(want.size() == tar::block.count);
  CHECK(tar::file_header("oci-layout", 30_B) == want);
}

TEST_CASE("the header of a directory has mode 0777, no slash, and Go's checksum") {
  const std::string end = "|5||ustar|00|||0000000|0000000|||";
  const std::string numbers = "|0000777|0000000|0000000|00000000000|00000000000|";
  CHECK(fields(tar::directory_header("blobs")) == "blobs" + numbers + "010233\0 "s + end);
  CHECK(fields(tar::directory_header("blobs/sha256")) == "blobs/sha256" + numbers + "011243\0 "s + end);
  CHECK(fields(tar::directory_header("blobs/sha512")) == "blobs/sha512" + numbers + "011236\0 "s + end);
}

TEST_CASE("8 GiB - 1 is the largest size that fits a ustar header") {
  const std::string name = "blobs/sha256/" + std::string(64, 'a');
  const std::string most = tar::file_header(name, {8'589'934'591});
  CHECK(most.size() == 512);
  CHECK(most.substr(124, 12) == "77777777777\0"s);

  const std::string more = tar::file_header(name, 8_GiB);
  REQUIRE(more.size() == 3 * 512);
  CHECK(fields(more) == "blobs/sha256/PaxHeaders.0/" + std::string(64, 'a') +
                            "|0000000|0000000|0000000|00000000023|00000000000|" + "026427\0 "s + "|x||ustar|00|||||||");
  CHECK(more.substr(512, 512) == "19 size=8589934592\n" + nuls(512 - 19));
  CHECK(more.substr(1024) == tar::file_header(name, 0_B));

  CHECK(tar::file_header_size(name, {8'589'934'591}) == Bytes{most.size()});
  CHECK(tar::file_header_size(name, 8_GiB) == Bytes{more.size()});
}

TEST_CASE("a name over 100 bytes is split at a slash if both parts fit") {
  struct Row {
    std::string name;
    std::size_t prefix;  // its length; 0 for PAX
  };
  const std::string a99(99, 'a'), a100(100, 'a'), a155(155, 'a');
  for (const Row& row : {
           Row{"blobs/sha384/" + std::string(96, 'b'), 12},
           Row{"d/" + a100, 1},
           Row{a155 + "/" + a100, 155},
           Row{"d/" + a100 + "/" + a99, 102},
           Row{"d/" + a100 + "b", 0},
           Row{a155 + "b/c", 0},
           Row{a100 + "b", 0},
           Row{"blobs/sha512/" + std::string(128, 'b'), 0},
       }) {
    const std::string header = tar::file_header(row.name, 5_B);
    CAPTURE(row.name);
    CHECK(tar::file_header_size(row.name, 5_B) == Bytes{header.size()});
    if (row.prefix == 0) {
      CHECK(header.size() == 3 * 512);
      CHECK(header[156] == 'x');
      CHECK(header.substr(1024, 100) == row.name.substr(0, 100));
      CHECK(header[1024 + 345] == '\0');
    } else {
      REQUIRE(header.size() == 512);
      const std::string prefix = header.substr(345, row.prefix);
      const std::string name = header.substr(0, std::min<std::size_t>(100, header.find('\0')));
      CHECK(prefix + "/" + name == row.name);
      CHECK((row.prefix == 155 || header[345 + row.prefix] == '\0'));
    }
  }
}

TEST_CASE("the name of a sha512 blob is in a PAX record, and its start in both headers") {
  const std::string hex(128, 'c');
  const std::string header = tar::file_header("blobs/sha512/" + hex, 9_GiB);
  REQUIRE(header.size() == 3 * 512);
  CHECK(header.substr(0, 100) == "blobs/sha512/PaxHeaders.0/" + hex.substr(0, 74));
  CHECK(std::string(header.c_str() + 512) == "151 path=blobs/sha512/" + hex + "\n19 size=9663676416\n");
  CHECK(header.substr(1024, 100) == "blobs/sha512/" + hex.substr(0, 87));
}

TEST_CASE("a name that is cut after a slash loses the slash") {
  const std::string header = tar::file_header(std::string(99, 'a') + "/b", 8_GiB);
  CHECK(header.substr(1024, 100) == std::string(99, 'a') + '\0');
}

TEST_CASE("the length of a PAX record includes its own digits") {
  // Without the number, a record is 7 bytes longer than the name.
  const auto record = [](std::size_t name) {
    const std::string header = tar::file_header(std::string(name, 'a'), 0_B);
    return header.substr(512, header.find('=', 512) - 512);
  };
  CHECK(record(101) == "111 path");
  CHECK(record(989) == "999 path");
  CHECK(record(990) == "1001 path");
}

TEST_CASE("content is padded to whole blocks") {
  struct Row {
    Bytes size, padding;
  };
  for (const Row& row : {Row{0_B, 0_B}, {1_B, 511_B}, {511_B, 1_B}, {512_B, 0_B}, {513_B, 511_B}, {8_GiB, 0_B}})
    CHECK(tar::padding(row.size) == row.padding);
}
