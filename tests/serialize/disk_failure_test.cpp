// Runs on a failing disk: each call fails in turn, and each kind of call fails as docs/failures.md says.

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "acedt/base/text.hpp"
#include "serialize/mirror.hpp"
#include "support/faulty_disk.hpp"

using namespace acedt;
using namespace acedt::testing;
using Call = Disk::Call;

namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;
using Files = std::map<std::string, std::string>;

const Rows rows = {{"a", "one"}, {"b", "two"}};

/// Two artifacts that share a layer; each test run mirrors them into a new folder.
struct Failing : Mirror {
  explicit Failing(codec::Compression compression, std::optional<Bytes> split = {}) {
    options.compression = compression;
    options.split = split;
    push("one", {bytes_of(300'000, 1), "small"});
    push("two", {bytes_of(300'000, 1), bytes_of(100'000, 2)});
  }

  void begin_anew() {
    std::filesystem::remove_all(options.sync_directory);
    options.sync_directory = scratch / ("sync" + std::to_string(++folders_));
  }

  /// Runs on `disk`. Returns the text of the failure; unset if the run succeeded.
  std::optional<std::string> failure_on(const Disk& disk) {
    try {
      run(rows, disk);
    } catch (const Error& error) {
      return error.what();
    }
    return std::nullopt;
  }

  /// Returns the contents of all files of the folder: the archives or their parts, and the tracker.
  Files files() const {
    Files files;
    for (const auto& entry : std::filesystem::directory_iterator(options.sync_directory))
      if (entry.is_regular_file()) files[entry.path().filename()] = read_file(entry.path());
    return files;
  }

 private:
  int folders_ = 0;
};

/// Checks that the run on `disk` fails or leaves `whole`, and that the next run, on a good disk, leaves `whole`.
void check(Failing& mirror, const FaultyDisk& disk, const Files& whole) {
  mirror.begin_anew();
  const auto failure = mirror.failure_on(disk);
  if (!failure) CHECK((mirror.files() == whole));
  if (failure) CHECK(failure->find(mirror.scratch.path()) != std::string::npos);
  const auto failure_of_next = mirror.failure_on(Disk::real());
  CHECK(failure_of_next.value_or("") == "");
  CHECK((mirror.files() == whole));
}

/// Lets each call of a run fail: alone, and with all after it. Returns what a run leaves on a good disk.
Files fail_at_each_call(Failing& mirror) {
  mirror.begin_anew();
  const FaultyDisk counting([](Call, const std::filesystem::path&, int) { return 0; });
  REQUIRE_FALSE(mirror.failure_on(counting));
  const Files whole = mirror.files();
  for (int n = 0; n < counting.asked(); ++n) {
    CAPTURE(n);
    const auto once = [n](Call, const std::filesystem::path&, int asked) { return asked == n ? EIO : 0; };
    check(mirror, FaultyDisk(once), whole);
    const auto from_then_on = [n](Call, const std::filesystem::path&, int asked) { return asked >= n ? ENOSPC : 0; };
    check(mirror, FaultyDisk(from_then_on), whole);
  }
  return whole;
}

/// A row of the table in docs/failures.md.
struct Documented {
  std::vector<std::string> unavailable;  ///< codes that mean "not supported"
  bool stops;                            ///< any other code stops the run
};

std::map<std::string, Documented> documented() {
  std::map<std::string, Documented> calls;
  const char* docs = std::getenv("ACEDT_DOCS");  // meson test sets it
  REQUIRE(docs != nullptr);
  std::istringstream text(read_file(std::filesystem::path(docs) / "failures.md"));
  for (std::string line; std::getline(text, line);) {
    const auto cells = split(line, '|');
    if (cells.size() != 7 || trim(cells[1]) == "call" || trim(cells[1]).starts_with("-")) continue;
    Documented& call = calls[std::string(trim(cells[1]))];
    std::istringstream codes{std::string(cells[3])};
    for (std::string code; codes >> code;) call.unavailable.push_back(code);
    call.stops = trim(cells[5]) == "stops the run";
    CHECK((call.stops || trim(cells[5]) == "goes on"));
  }
  return calls;
}

const std::map<std::string, Call> names = {
    {"open", Call::open},
    {"stat", Call::stat},
    {"read", Call::read},
    {"write", Call::write},
    {"resize", Call::resize},
    {"reserve", Call::reserve},
    {"find_data", Call::find_data},
    {"advise", Call::advise},
    {"start_writing", Call::start_writing},
    {"sync", Call::sync},
    {"sync_directory", Call::sync_directory},
    {"lock", Call::lock},
    {"rename", Call::rename},
    {"rename_new", Call::rename_new},
    {"remove", Call::remove},
    {"make_directory", Call::make_directory},
    {"list", Call::list},
    {"space", Call::space},
};

const std::map<std::string, int> codes = {{"EOPNOTSUPP", EOPNOTSUPP}, {"ENOSYS", ENOSYS}, {"EINVAL", EINVAL},
                                          {"EPERM", EPERM},           {"EINTR", EINTR},   {"EBADF", EBADF},
                                          {"ENOLCK", ENOLCK}};

/// Runs up to just before the first commit, so that the next run finds partial archives.
void interrupt(Failing& mirror) {
  mirror.begin_anew();
  const auto no_journal = [](Call call, const std::filesystem::path& path, int) {
    return call == Call::open && path.filename() == "commit.new" ? EIO : 0;
  };
  CHECK(mirror.failure_on(FaultyDisk(no_journal)));
}

}  // namespace

TEST_CASE("whichever call fails, the run reports it or the folder is intact, and the next run completes it") {
  for (const auto compression : {codec::Compression::none, codec::Compression::zstd}) {
    Failing mirror(compression);
    fail_at_each_call(mirror);
  }
}

TEST_CASE("the same holds for archives in parts") {
  for (const auto compression : {codec::Compression::none, codec::Compression::zstd}) {
    Failing mirror(compression, 80_KiB);
    const Files whole = fail_at_each_call(mirror);
    CHECK(std::ranges::any_of(whole, [](const auto& file) { return file.first.ends_with(".002"); }));
  }
}

TEST_CASE("each kind of call fails as docs/failures.md says") {
  const auto calls = documented();
  CHECK(calls.size() == Disk::calls);
  Failing mirror(codec::Compression::none);
  mirror.begin_anew();
  REQUIRE_FALSE(mirror.failure_on(Disk::real()));
  const Files whole = mirror.files();
  for (const auto& [name, call] : calls) {
    CAPTURE(name);
    REQUIRE(names.contains(name));
    const FaultyDisk broken(FaultyDisk::always(names.at(name), EIO));
    mirror.begin_anew();
    const bool stops_a_new_run = mirror.failure_on(broken).has_value();
    interrupt(mirror);
    const bool stops_one_that_resumes = mirror.failure_on(broken).has_value();
    CHECK((stops_a_new_run || stops_one_that_resumes) == call.stops);
    for (const std::string& code : call.unavailable) {
      CAPTURE(code);
      interrupt(mirror);
      CHECK_FALSE(mirror.failure_on(FaultyDisk(FaultyDisk::always(names.at(name), codes.at(code)))));
      CHECK((mirror.files() == whole));
    }
  }
}
