#include "deserialize/folder.hpp"

#include <doctest/doctest.h>

#include "support/failure.hpp"
#include "support/scratch.hpp"
#include "support/sha256.hpp"

using namespace acedt;
using deserialize::BatchOptions;
using deserialize::FolderNames;
using testing::failure;

namespace {

struct Files : testing::Scratch {
  Files() { options.sync_directory = path(); }

  void add(const std::string& name) { file(name, ""); }
  std::vector<std::string> names() {
    std::vector<std::string> files;
    for (const FolderNames::File& archive : deserialize::names_in(options).archives)
      if (archive.is_wanted) files.push_back(archive.file);
    return files;
  }

  BatchOptions options;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("archives come in the order of their numbers, not of their names") {
  Files files;
  for (const char* name : {"10-b.tar", "000009-c.tar.zst", "1000000-a.tar.gz"}) files.add(name);
  CHECK(files.names() == Names{"000009-c.tar.zst", "10-b.tar", "1000000-a.tar.gz"});
}

TEST_CASE("csv files, hidden files and folders are skipped; other files that are not archives are named") {
  Files files;
  for (const char* name : {"000001-a.tar", "record-keeping.csv", ".DS_Store", "README.md", "000001-a.tar.sha256",
                           "000000-zero.tar", "x.CSV"})
    files.add(name);
  std::filesystem::create_directory(files.path() / "000002-folder.tar");
  CHECK(deserialize::names_in(files.options).ignored ==
        Names{"000000-zero.tar", "000001-a.tar.sha256", "README.md", "x.CSV"});
  CHECK(files.names() == Names{"000001-a.tar"});
}

TEST_CASE("two archives with one number are an error that names both") {
  Files files;
  files.add("000001-a.tar");
  files.add("1-b.tar.gz");
  CHECK(failure(ErrorKind::usage, [&] { files.names(); }) == "000001-a.tar and 1-b.tar.gz have the same number");
}

TEST_CASE("the tag of an archive is its name, unless --tag-as gives another one") {
  Files files;
  for (const char* name : {"000001-a-b.c.tar", "000002-d.tar", "000003-e.tar"}) files.add(name);
  files.options.tag_as = {{"d", "other"}, {"e", ""}};
  const auto archives = deserialize::names_in(files.options).archives;
  CHECK(archives[0].tag == "a-b.c");
  CHECK(archives[1].tag == "other");
  CHECK(archives[2].tag.empty());
  files.options.no_tag = true;
  CHECK(deserialize::names_in(files.options).archives[0].tag.empty());
}

TEST_CASE("a name that cannot be a tag is an error, unless --tag-as or --no-tag is given") {
  Files files;
  files.add("000001-not a tag.tar");
  CHECK(failure(ErrorKind::usage, [&] { files.names(); }) == "\"not a tag\" cannot be a tag");
  files.options.tag_as = {{"not a tag", "fine"}};
  CHECK(deserialize::names_in(files.options).archives[0].tag == "fine");
}

TEST_CASE("--only selects archives by patterns of file names") {
  Files files;
  for (const char* name : {"000001-a.tar", "000002-b.tar", "000003-c.tar.gz"}) files.add(name);
  files.options.only = {"*-a.*", "000003*"};
  CHECK(files.names() == Names{"000001-a.tar", "000003-c.tar.gz"});
  files.options.only = {"*-a.*", "000004*"};
  CHECK(failure(ErrorKind::usage, [&] { files.names(); }) == "--only: no archive has a name like \"000004*\"");
}

TEST_CASE("an archive knows the digests that later ones give to a tag, and no others") {
  Files files;
  deserialize::FolderNames names;
  std::vector<deserialize::ArchivePlan> plans;
  const std::vector<std::string> roots = {"a", "b", "a", "c"};
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const std::string file = std::to_string(i + 1) + "-n.tar";
    const oci::Digest root = testing::sha256(roots[i]);
    const std::string tag = roots[i] == "c" ? "" : "n";
    names.archives.push_back({{i + 1, "n"}, file, tag, true, root});
    plans.push_back({.file = file, .path = {}, .artifact = {}, .tag = tag, .root = {"", root, {}}});
  }
  plans[1].other_tags = {{"cosign.sig", testing::sha256("signature")}};
  plans.erase(plans.begin() + 2);
  deserialize::add_folder_tags(plans, names);
  CHECK(deserialize::is_of_later(plans[0], "n", testing::sha256("a")));
  CHECK(deserialize::is_of_later(plans[0], "n", testing::sha256("b")));
  CHECK(deserialize::is_of_later(plans[0], "cosign.sig", testing::sha256("signature")));
  CHECK_FALSE(deserialize::is_of_later(plans[1], "n", testing::sha256("b")));
  CHECK_FALSE(deserialize::is_of_later(plans[1], "", testing::sha256("c")));
  CHECK_FALSE(deserialize::is_of_later(plans[2], "n", testing::sha256("a")));
}

TEST_CASE("a destination is a repository without a tag or a digest") {
  CHECK(deserialize::parse_destination("localhost:5000/a/b").repository == "a/b");
  for (const char* text : {"", "reg.example.com/a:b", "reg.example.com:5000/a:b", "reg.example.com/a@sha256:00"})
    CHECK(failure(ErrorKind::usage, [&] { deserialize::parse_destination(text); }).find("DESTINATION: got ") == 0);
}
