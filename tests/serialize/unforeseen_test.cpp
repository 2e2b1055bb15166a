// Exceptions other than Error, thrown from every callback of a run; and runs that fail at their start.
#include <doctest/doctest.h>

#include <new>
#include <stdexcept>
#include <string>

#include "serialize/mirror.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::testing;

namespace {

using Names = std::vector<std::string>;
using Rows = std::vector<std::pair<std::string, std::string>>;

const std::string small = "a small layer";
const std::string other = "another layer";
const Rows two_rows = {{"a", "one"}, {"b", "two"}};

/// Throws an unexpected exception at the n-th event, or at the first tick.
class Throws : public Recorder {
 public:
  static constexpr std::size_t at_tick = 0;
  explicit Throws(std::size_t nth) : nth_(nth) {}

  void on(const report::Event& event) override {
    Recorder::on(event);
    if (events.size() == nth_) throw 42;
  }
  void tick(std::chrono::steady_clock::time_point, const report::Counters&) override {
    if (nth_ == at_tick) throw std::bad_alloc();
  }

 private:
  std::size_t nth_;
};

/// Runs two rows, one blob of which is refused once, with an observer that throws. Returns false if it did not throw.
bool throws_at(std::size_t nth, codec::Compression compression) {
  Mirror mirror;
  mirror.options.compression = compression;
  mirror.push("one", {small});
  mirror.push("two", {small, other});
  mirror.server.add_fault("GET */blobs/" + sha256(other).text() + " 1 status 503");
  mirror.scratch.file("list.csv", "name,artifact\na,reg.example.com/t/v:one\nb,reg.example.com/t/v:two\n");
  Throws observer(nth);
  bool thrown = true;
  try {
    serialize::run(mirror.options, observer, quiet());
    thrown = false;
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::internal);
  } catch (int) {
    // Thrown before the run has started, or at its end.
  }
  const std::size_t committed = observer.all<report::ArchiveCommitted>().size();
  CHECK(mirror.archives().size() >= committed);
  mirror.run(two_rows);
  CHECK(mirror.archives().size() == 2);
  for (const std::string& archive : mirror.archives()) CHECK(archive::scan(mirror.archive(archive)).problems.empty());
  return thrown;
}

}  // namespace

TEST_CASE("an observer that throws at any event ends the run, and the next run continues") {
  for (const auto compression : {codec::Compression::none, codec::Compression::zstd}) {
    std::size_t nth = 1;
    while (throws_at(nth, compression)) ++nth;
    CHECK(nth > 8);
  }
}

TEST_CASE("an observer that runs out of memory at a tick ends the run") {
  CHECK(throws_at(Throws::at_tick, codec::Compression::none));
}

TEST_CASE("a run that fails at its start reports no event, and keeps partial archives") {
  Mirror mirror;
  mirror.push("one", {small});
  mirror.push("two", {other});
  mirror.run({{"a", "one"}});
  const std::filesystem::path partial = mirror.archive(".ace-dt") / "partial" / "kept";
  const auto check_refused = [&](ErrorKind kind) {
    File::create(partial).append("of an earlier run");
    failure(kind, [&] { mirror.run(two_rows); });
    CHECK(mirror.recorder.events.empty());
    CHECK(read_file(partial) == "of an earlier run");
  };
  const serialize::Options before = mirror.options;
  mirror.options.engine.certificates.authorities = {mirror.scratch / "mistyped.pem"};
  check_refused(ErrorKind::storage);
  mirror.options = before;
  mirror.options.engine.auth_files = {{mirror.scratch.file("config.json", "{\"auths\":")}, "a test"};
  check_refused(ErrorKind::unauthorized);
  mirror.options = before;
  mirror.options.engine.memory = 1_MiB;
  check_refused(ErrorKind::usage);
  mirror.options = before;
  CHECK(mirror.run(two_rows).complete);
  CHECK_FALSE(std::filesystem::exists(partial));
}

TEST_CASE("a failed run is not reported as complete, and keeps partial archives") {
  Mirror mirror;
  mirror.push("one", {small});
  mirror.run({{"a", "one"}});
  const std::filesystem::path partial = mirror.archive(".ace-dt") / "partial" / "kept";
  File::create(partial).append("of an earlier run");
  failure(ErrorKind::not_found, [&] { mirror.run({{"a", "one"}, {"b", "gone"}}); });
  CHECK_FALSE(mirror.recorder.all<report::RunFinished>().at(0).complete);
  CHECK(std::filesystem::exists(partial));
}
