#include "deserialize/state.hpp"

#include <doctest/doctest.h>

#include "support/failure.hpp"
#include "support/scratch.hpp"

using namespace acedt;
using deserialize::PushState;
using testing::failure;

namespace {

const oci::Reference destination = oci::Reference::parse("reg.example.com/sync");
const oci::Digest root = oci::Digest::parse("sha256:" + std::string(64, 'a'));
const oci::Digest other_root = oci::Digest::parse("sha256:" + std::string(64, 'b'));
const std::chrono::system_clock::time_point now{};

struct Folder : testing::Scratch {
  PushState::Paths paths{path() / "data", "successful-syncs.csv"};

  Folder() { std::filesystem::create_directory(paths.folder); }
  PushState open(const oci::Reference& to = destination) { return PushState::open(paths, to); }
};

}  // namespace

TEST_CASE("an archive that was added is known to the next push to the same repository, and to no other") {
  Folder folder;
  folder.open().add({"000001-a.tar", "reg.example.com/sync:a"}, root, now);
  CHECK(folder.open().has("000001-a.tar", root));
  CHECK_FALSE(folder.open(oci::Reference::parse("reg.example.com/other")).has("000001-a.tar", root));
  CHECK(read_file(folder.paths.folder / "successful-syncs.csv") ==
        "filename,artifact,timestamp\n000001-a.tar,reg.example.com/sync:a,1970-01-01 00:00:00.000000000 +0000 UTC\n");
}

TEST_CASE("another repository of the registry that an archive was pushed to is known, in every place of a record") {
  Folder folder;
  folder.file("data/successful-syncs.csv", "filename,artifact,timestamp\n1-a.tar,reg.example.com/other:a,2026\n");
  folder.paths.state = folder.path() / "state";
  folder.open().add({"2-b.tar", "reg.example.com/sync:b"}, root, now);
  CHECK(folder.open().other_with("1-a.tar") == "other");
  CHECK(folder.open().other_with("2-b.tar").empty());
  CHECK(folder.open(oci::Reference::parse("reg.example.com/third")).other_with("2-b.tar") == "sync");
}

TEST_CASE("a file of the same name with another root is pushed again, with a warning") {
  Folder folder;
  folder.open().add({"000001-a.tar", "reg.example.com/sync:a"}, root, now);
  PushState state = folder.open();
  CHECK_FALSE(state.has("000001-a.tar", other_root));
  REQUIRE(state.take_warnings().size() == 1);
}

TEST_CASE("a row of the reference counts, although the journal does not have its root") {
  Folder folder;
  folder.file("data/successful-syncs.csv", "filename,artifact,timestamp\n1-a.tar,reg.example.com/sync:a,2026\n");
  CHECK(folder.open().has("1-a.tar", root));
}

TEST_CASE("a second push of the same folder at the same time is refused") {
  Folder folder;
  const PushState first = folder.open();
  CHECK(failure(ErrorKind::locked, [&] { folder.open(); }).find("is in use by another process") != std::string::npos);
}

TEST_CASE("reading takes no lock and writes nothing") {
  Folder folder;
  const PushState first = PushState::read(folder.paths, destination);
  CHECK(std::filesystem::is_empty(folder.paths.folder));
}

TEST_CASE("if the folder cannot be written, the state is elsewhere, and a record in the folder counts as well") {
  Folder folder;
  folder.file("data/successful-syncs.csv", "filename,artifact,timestamp\n1-a.tar,reg.example.com/sync:a,2026\n");
  std::filesystem::create_directories(folder.paths.folder / ".ace-dt/push/lock");  // where a file would have to be
  folder.paths.fallback = folder.path() / "state";
  PushState state = folder.open();
  CHECK(state.has("1-a.tar", root));
  REQUIRE(state.take_warnings().size() == 1);
  state.add({"2-b.tar", "reg.example.com/sync:b"}, root, now);
  CHECK(std::filesystem::exists(folder.path() / "state/successful-syncs.csv"));
}

TEST_CASE("a journal whose last line a crash cut off is continued") {
  Folder folder;
  folder.open().add({"000001-a.tar", "reg.example.com/sync:a"}, root, now);
  const auto journal = folder.paths.folder / ".ace-dt/push/journal.csv";
  const std::string text = read_file(journal);
  replace_file(journal, text.substr(0, text.size() - 10));
  folder.open().add({"000002-b.tar", "reg.example.com/sync:b"}, root, now);
  PushState state = folder.open();
  CHECK_FALSE(state.has("000002-b.tar", other_root));
  CHECK(state.has("000002-b.tar", root));
}

TEST_CASE("the state folder depends on the roots of the archives, not on where their folder is mounted") {
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    return name == "HOME" ? std::optional<std::string>("/home/ada") : std::nullopt;
  };
  const auto place = deserialize::state_folder_for({root}, environment);
  CHECK(place.parent_path() == "/home/ada/.local/state/ace-dt/push");
  CHECK(place == deserialize::state_folder_for({root}, environment));
  CHECK(place != deserialize::state_folder_for({other_root}, environment));
}
