#include "acedt/sync/archive_name.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace acedt;
using namespace acedt::sync;
using codec::Compression;

TEST_CASE("an archive name has number, name and extension, and is parsed back from its file name") {
  const struct {
    ArchiveName name;
    const char* file;
  } table[] = {
      {{1, "tools", Compression::none}, "000001-tools.tar"},
      {{42, "tools", Compression::gzip}, "000042-tools.tar.gz"},
      {{999999, "tools", Compression::zstd}, "999999-tools.tar.zst"},
      {{1000000, "tools", Compression::none}, "1000000-tools.tar"},
      {{max_number, "tools", Compression::none}, "999999999-tools.tar"},
      {{0, "x", Compression::none}, "000000-x.tar"},
      {{7, "my-tools-v1.2", Compression::none}, "000007-my-tools-v1.2.tar"},
      {{7, "a.tar", Compression::gzip}, "000007-a.tar.tar.gz"},
      {{7, "a.tar.gz", Compression::none}, "000007-a.tar.gz.tar"},
      {{7, "", Compression::none}, "000007-.tar"},
      {{7, "-", Compression::none}, "000007--.tar"},
      {{7, "tools # é", Compression::none}, "000007-tools # é.tar"},
  };
  for (const auto& [name, file] : table) {
    CHECK(name.file() == file);
    CHECK(ArchiveName::parse(file) == name);
  }
}

TEST_CASE("the reference's batch-deserialize accepts CSV files, and archives whose name is a tag") {
  for (const char* file :
       {"record-keeping.csv", "000001-tools.tar", "000001-tools.tar.zst", "000001-v1.2.tar", "5-ok.tar.gz"})
    CHECK(is_taken_by_reference(file));
  for (const char* file : {"README.md", "done.CSV", ".hidden", "000001-a-b.tar", "000001-.tar", "000001-a b.tar",
                           "000001-tools.tar.sha256", "report.json"})
    CHECK_FALSE(is_taken_by_reference(file));
}

TEST_CASE("other file names are not archive names") {
  for (const std::string& file : std::vector<std::string>{"",
                                                          "-",
                                                          ".tar",
                                                          "-x.tar",
                                                          "x.tar",
                                                          "000001.tar",
                                                          "000001-x",
                                                          "000001-x.zip",
                                                          "000001-x.tar.bz2",
                                                          "000001-x.tar.sha256",
                                                          "000001-x.TAR",
                                                          "000001_x.tar",
                                                          "1-x.tar",
                                                          "00001-x.tar",
                                                          "0000001-x.tar",
                                                          "+00001-x.tar",
                                                          " 000001-x.tar",
                                                          "00000a-x.tar",
                                                          "1000000000-x.tar",
                                                          "18446744073709551615-x.tar",
                                                          "18446744073709551616-x.tar",
                                                          "000001-../../x.tar",
                                                          "000001-a/b.tar",
                                                          std::string("000001-a\0b.tar", 14),
                                                          "record-keeping.csv"}) {
    CAPTURE(file);
    CHECK_FALSE(ArchiveName::parse(file));
  }
}
