#include "acedt/tar/reader.hpp"

#include "acedt/base/text.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace acedt;
using namespace std::literals;

namespace {

std::string octal(std::uint64_t value, std::size_t digits) {
  std::string text(digits, '0');
  for (std::size_t i = digits; i-- > 0; value >>= 3) text[i] = static_cast<char>('0' + (value & 7));
  return text;
}

std::string with_checksum(std::string header) {
  header.replace(148, 8, 8, ' ');
  std::uint64_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  return header.replace(148, 8, octal(sum, 6) + "\0 "s);
}

/// A header with the fields that the reader uses; those of 12 and 8 bytes are given in full.
struct Header {
  std::string name = "f";
  char type = '0';
  std::string size = octal(0, 11) + '\0';
  std::string magic =
      "ustar\0"
      "00"s;
  std::string prefix = {};

  std::string text() const {
    std::string header(512, '\0');
    header.replace(0, name.size(), name);
    header.replace(124, size.size(), size);
    header[156] = type;
    header.replace(257, magic.size(), magic);
    header.replace(345, prefix.size(), prefix);
    return with_checksum(header);
  }
};

const std::string gnu_magic = "ustar  \0"s;
const std::string end_of_archive(1024, '\0');

std::string padded(std::string content) {
  content.resize((content.size() + 511) / 512 * 512, '\0');
  return content;
}

std::string entry(Header header, const std::string& content) {
  header.size = octal(content.size(), 11) + '\0';
  return header.text() + padded(content);
}

std::string pax(const std::string& records, char type = 'x') {
  return entry({.name = "PaxHeaders.0/f", .type = type}, records);
}

std::string gnu_long_name(const std::string& name) {
  return entry({.name = "././@LongLink", .type = 'L', .magic = gnu_magic}, name + '\0');
}

/// Returns what the reader reports about `tar`, fed up to `cut` and then the rest, `at_a_time` bytes or fewer at once:
/// "file NAME SIZE@OFFSET:CONTENT. other …. end".
std::string read(std::string_view tar, std::size_t at_a_time = std::string::npos, std::size_t cut = 0) {
  tar::Reader reader;
  std::string said;
  for (std::size_t at = 0, used = 0;; at += used) {
    const std::size_t stop = at < cut ? cut : tar.size();
    const auto step = reader.feed(as_bytes(tar.substr(at, std::min(at_a_time, stop - at))), used);
    if (const auto* entry = std::get_if<tar::Reader::Entry>(&step)) {
      const std::array types{"file ", "directory ", "other "};
      said += types[static_cast<std::size_t>(entry->type)] + entry->name + " " + std::to_string(entry->size.count) +
              "@" + std::to_string(entry->offset.count) + ":";
    } else if (const auto* data = std::get_if<tar::Reader::Data>(&step)) {
      CHECK(!data->bytes.empty());
      said += as_text(data->bytes);
    } else if (std::holds_alternative<tar::Reader::EntryEnd>(step)) {
      said += ". ";
    } else if (std::holds_alternative<tar::Reader::End>(step)) {
      return said + "end";
    } else if (const auto* malformed = std::get_if<tar::Reader::Malformed>(&step)) {
      return said + malformed->why;
    } else if (at + used == tar.size()) {
      return said + "cut";
    }
  }
}

/// Returns an archive with every type of entry: file, empty file, directory, PAX path and size, GNU long name and link,
/// a link.
std::string variety() {
  const std::string long_name = "d/" + std::string(120, 'n');
  return entry({.name = "a"}, "hello") + entry({.name = "e"}, "") + entry({.name = "d/", .type = '5'}, "") +
         pax("132 path=" + long_name + "\n") + entry({.name = long_name.substr(0, 100)}, std::string(513, 'x')) +
         gnu_long_name(long_name) + entry({.name = "l", .type = 'K', .magic = gnu_magic}, "target\0"s) +
         entry({.name = "s", .type = '2', .magic = gnu_magic}, "") + pax("30 comment=about all of them.\n", 'g') +
         pax("9 size=4\n") + Header{.name = "big"}.text() + padded("four") + end_of_archive;
}

}  // namespace

TEST_CASE("entries are the same however the bytes arrive") {
  const std::string tar = variety();
  const std::string long_name = "d/" + std::string(120, 'n');
  const std::string want = "file a 5@512:hello. file e 0@1536:. directory d/ 0@2048:. file " + long_name +
                           " 513@3584:" + std::string(513, 'x') + ". other " + long_name +
                           " 0@7168:. file big 4@9728:four. end";
  for (const std::size_t at_a_time : std::array<std::size_t, 7>{1, 2, 7, 511, 512, 513, 5000})
    CHECK(read(tar, at_a_time) == want);
  for (std::size_t cut = 0; cut <= tar.size(); ++cut) REQUIRE(read(tar, std::string::npos, cut) == want);
}

TEST_CASE("an archive that is cut anywhere is read up to the cut") {
  const std::string tar = variety();
  const std::string whole = read(tar);
  for (std::size_t n = 0; n < tar.size(); ++n) {
    std::string said = read(std::string_view(tar).substr(0, n));
    REQUIRE(said.ends_with("cut"));
    said.resize(said.size() - 3);
    REQUIRE(whole.starts_with(said));
  }
}

TEST_CASE("bytes after the end of an archive are not read") {
  const std::string tar = entry({.name = "a"}, "hello") + end_of_archive + entry({.name = "b"}, "more");
  tar::Reader reader;
  std::size_t at = 0;
  std::size_t used = 0;
  while (!std::holds_alternative<tar::Reader::End>(reader.feed(as_bytes(tar).subspan(at), used))) at += used;
  at += used;
  CHECK(at == 2 * 512 + 1024);
  for (int again = 0; again < 2; ++again) {
    CHECK(std::holds_alternative<tar::Reader::End>(reader.feed(as_bytes(tar).subspan(at), used)));
    CHECK(used == 0);
  }
}

TEST_CASE("after Malformed no more input is used") {
  const std::string junk(512, 'j');
  tar::Reader reader;
  std::size_t used = 0;
  CHECK(std::holds_alternative<tar::Reader::Malformed>(reader.feed(as_bytes(junk), used)));
  CHECK(used == 512);
  CHECK(std::holds_alternative<tar::Reader::Malformed>(reader.feed(as_bytes(variety()), used)));
  CHECK(used == 0);
}

TEST_CASE("sizes are read in every form that writers use") {
  struct Row {
    std::string field, want;
  };
  for (const Row& row : {
           Row{"00000000005\0"s, "5"},                                                 // POSIX
           Row{"000000000005"s, "5"},                                                  // all digits
           Row{"          5 "s, "5"},                                                  // blanks
           Row{std::string(12, '\0'), "0"},                                            // NULs only
           Row{"77777777777\0"s, "8589934591"},                                        // 8 GiB - 1
           Row{"777777777777"s, "68719476735"},                                        // 64 GiB - 1
           Row{"\x80\0\0\0\0\0\0\x02\0\0\0\0"s, "8589934592"},                         // GNU base-256
           Row{"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"s, "9223372036854775807"},  // its maximum
       })
    CHECK(read(Header{.size = row.field}.text()) ==
          "file f " + row.want + "@512:" + (row.want == "0" ? ". cut" : "cut"));
}

TEST_CASE("names are read from every field that writers use") {
  const std::string long_name(300, 'n');
  const std::string file = entry({.name = "short"}, "");
  const std::string tail = " 0@512:. cut";
  CHECK(read(entry({.name = "f", .prefix = "a/b"}, "")) == "file a/b/f" + tail);
  CHECK(read(entry({.name = "f", .prefix = std::string(155, 'p')}, "")) ==
        "file " + std::string(155, 'p') + "/f" + tail);
  CHECK(read(entry({.name = std::string(100, 'f')}, "")) == "file " + std::string(100, 'f') + tail);
  CHECK(read(entry({.name = "f", .magic = gnu_magic, .prefix = "14000000000"}, "")) ==
        "file f" + tail);                                                                // the field holds a time
  CHECK(read(entry({.name = "f", .magic = "", .prefix = "x"}, "")) == "file f" + tail);  // v7
  CHECK(read(entry({.name = "./f"}, "")) == "file ./f" + tail);

  CHECK(read(gnu_long_name(long_name) + file) == "file " + long_name + " 0@1536:. cut");
  CHECK(read(pax("12 path=abc\n") + file) == "file abc 0@1536:. cut");
  CHECK(read(pax("8 path=\n") + file) == "file short 0@1536:. cut");
  CHECK(read(pax("10 path=a\n10 path=b\n") + file) == "file b 0@1536:. cut");
  CHECK(read(pax("10 path=a\n8 path=\n") + file) == "file short 0@1536:. cut");
  CHECK(read(pax("12 x=y path\n") + file) == "file short 0@1536:. cut");
  CHECK(read(pax("10 path=g\n", 'g') + file) == "file short 0@1536:. cut");  // a global header does not set a path
  CHECK(read(pax("10 path=a\n") + file + file) == "file a 0@1536:. file short 0@2048:. cut");  // applies to one file
}

TEST_CASE("a PAX size applies to the next file, not to a long name before it") {
  CHECK(read(pax("10 size=4\n") + gnu_long_name("n") + Header{}.text() + padded("four")) == "file n 4@2560:four. cut");
}

TEST_CASE("the type of an entry determines whether content follows") {
  struct Row {
    char type;
    std::string name, want;
  };
  for (const Row& row : {
           Row{'0', "n", "file n 3@512:abc. cut"}, Row{'\0', "n", "file n 3@512:abc. cut"},
           Row{'7', "n", "file n 3@512:abc. cut"},
           Row{'D', "n", "other n 3@512:abc. cut"},  // GNU: a directory with a list of its files
           Row{'V', "n", "other n 3@512:abc. cut"},  // GNU: a volume label
       })
    CHECK(read(entry({.name = row.name, .type = row.type}, "abc")) == row.want);

  const std::string size = octal(3, 11) + '\0';
  for (const Row& row : {
           Row{'5', "n", "directory n 0@512:. cut"},
           Row{'\0', "n/", "directory n/ 0@512:. cut"},
           Row{'1', "n", "other n 0@512:. cut"},
           Row{'2', "n", "other n 0@512:. cut"},
           Row{'3', "n", "other n 0@512:. cut"},
           Row{'4', "n", "other n 0@512:. cut"},
           Row{'6', "n", "other n 0@512:. cut"},
       })
    CHECK(read(Header{.name = row.name, .type = row.type, .size = size}.text()) == row.want);
}

TEST_CASE("a header with a wrong checksum is refused") {
  const std::string wrong = "not a tar header: wrong checksum";
  const std::string header = Header{.name = "n"}.text();
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i == 155) continue;  // after the NUL of the checksum
    std::string changed = header;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CAPTURE(i);
    REQUIRE(read(changed) == wrong);
  }
}

TEST_CASE("a checksum of signed bytes, as of some old writers, is accepted") {
  std::string header = Header{.name = "\xe9"}.text();
  const std::uint64_t unsigned_sum = std::stoull(header.substr(148, 6), nullptr, 8);
  header.replace(148, 6, octal(unsigned_sum - 256, 6));
  CHECK(read(header) == "file \xe9 0@512:. cut");
}

TEST_CASE("malformed archives are refused with a reason") {
  const std::string file = entry({.name = "f"}, "");
  const std::string zeros(512, '\0');
  struct Row {
    std::string tar, why;
  };
  const std::string length = "PAX record with a wrong length";
  const std::string no_size = "header whose size is not a number";
  const std::string no_pax_size = "PAX size that is not a number";
  const std::string sparse = "sparse file: not supported";
  for (const Row& row : {
           Row{std::string(512, ' '), "not a tar header: wrong checksum"},
           Row{zeros + file, "single block of zeros between entries"},
           Row{Header{.size = "0000000000x\0"s}.text(), no_size},
           Row{Header{.size = "00000000008\0"s}.text(), no_size},
           Row{Header{.size = "-0000000001\0"s}.text(), no_size},
           Row{Header{.size = "0 000000001\0"s}.text(), no_size},
           Row{Header{.size = std::string(12, '\xff')}.text(), no_size},  // GNU's -1
           Row{Header{.size = "\x80\0\0\0\x80\0\0\0\0\0\0\0"s}.text(), no_size},
           Row{Header{.size = "\x80\x01\0\0\0\0\0\0\0\0\0\0"s}.text(), no_size},
           Row{Header{.type = 'x', .size = "00004000001\0"s}.text(), "PAX or GNU header over 1 MiB"},
           Row{Header{.type = 'L', .size = "77777777777\0"s}.text(), "PAX or GNU header over 1 MiB"},
           Row{Header{.type = 'S'}.text(), sparse},
           Row{pax("22 GNU.sparse.major=1\n"), sparse},
           Row{pax("x"), length},
           Row{pax(" path=a\n"), length},
           Row{pax("0 path=a\n"), length},
           Row{pax("2 path=a\n"), length},
           Row{pax("-10 path=a\n"), length},
           Row{pax("11 path=a\n"), length},
           Row{pax("9 path=ab\n"), "PAX record without a final line feed"},
           Row{pax("18446744073709551616 path=a\n"), length},
           Row{pax("18446744073709551615 path=a\n"), length},
           Row{pax("10 path=a\n\n"), length},
           Row{pax("10"), length},
           Row{pax("3 \n"), "PAX record without a key"},
           Row{pax("8 patha\n"), "PAX record without a key"},
           Row{pax("5 =a\n"), "PAX record without a key"},
           Row{pax("12 path=a\0b\n"s), "PAX path that contains a NUL"},
           Row{pax("11 size=-1\n"), no_pax_size},
           Row{pax("12 size=0x1\n"), no_pax_size},
           Row{pax("28 size=9223372036854775808\n"), no_pax_size},
           Row{pax("29 size=18446744073709551616\n"), no_pax_size},
       }) {
    CHECK(read(row.tar) == row.why);
    CHECK(read(row.tar, 1) == row.why);
  }
}

TEST_CASE("the content of an entry can be skipped, whole or the rest of it") {
  const std::string tar = entry({.name = "a"}, std::string(700, 'a')) + entry({.name = "b"}, "bb") + end_of_archive;
  for (const std::size_t seen : {0U, 10U, 700U}) {
    tar::Reader reader;
    std::size_t at = 0;
    std::string names;
    for (bool is_over = false; !is_over;) {
      std::size_t used = 0;
      const std::size_t next = std::min(tar.size() - at, at == 512 && seen > 0 ? seen : tar.size());
      const auto step = reader.feed(as_bytes(tar).subspan(at, next), used);
      at += used;
      if (const auto* found = std::get_if<tar::Reader::Entry>(&step)) names += found->name;
      const bool is_content = std::holds_alternative<tar::Reader::Entry>(step) && seen == 0;
      if (is_content || std::holds_alternative<tar::Reader::Data>(step)) at += reader.skip_content().count;
      is_over = std::holds_alternative<tar::Reader::End>(step);
      REQUIRE(!std::holds_alternative<tar::Reader::Malformed>(step));
    }
    CHECK(names == "ab");
    CHECK(reader.skip_content().count == 0);
  }
}
