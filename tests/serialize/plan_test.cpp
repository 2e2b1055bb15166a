// Plans in parts: the text of a plan, and the disk that fails while a part or a commit is under way.

#include "acedt/serialize/plan.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <map>
#include <optional>

#include "serialize/mirror.hpp"
#include "serialize/plan_file.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"

using namespace acedt;
using namespace acedt::testing;
using serialize::PlanRow;

namespace {

using Files = std::map<std::string, std::string>;

/// Three artifacts of which two share a layer, planned for two shards.
struct Planned : Mirror {
  Planned() {
    push("one", {bytes_of(300'000, 1), "small"});
    push("two", {bytes_of(300'000, 1), bytes_of(100'000, 2)});
    push("three", {bytes_of(200'000, 3)});
    scratch.file("list.csv",
                 "name,artifact\na,reg.example.com/t/v:one\nb,reg.example.com/t/v:two\nc,reg.example.com/t/v:three\n");
  }

  std::filesystem::path plan() const { return scratch / "the.plan"; }

  std::vector<PlanRow> make_plan(std::optional<unsigned> shards = 2) {
    std::vector<PlanRow> rows;
    const auto add = [&](const PlanRow& row) { rows.push_back(row); };
    serialize::make_plan(options, shards, plan(), add, recorder, quiet());
    return rows;
  }
  void run_shard(unsigned index, const Disk& disk = Disk::real()) {
    serialize::run_shard(options, plan(), {index, 2}, recorder, quiet(), disk);
  }
  serialize::Committed commit(bool keep_going = false, const Disk& disk = Disk::real()) const {
    return serialize::commit_plan(plan(), options.sync_directory, {}, keep_going, quiet(), disk);
  }
  /// Returns the contents of the archives, the tracker and the ledger.
  Files files() const {
    Files files;
    for (const std::string& name : archives()) files[name] = read_file(archive(name));
    files["tracker"] = tracker();
    files["ledger"] = read_file(archive(".ace-dt/ledger"));
    return files;
  }
  /// Returns the files of a run without a plan.
  Files files_of_one_run() {
    const auto folder = std::exchange(options.sync_directory, scratch / "whole");
    serialize::run(options, recorder, quiet());
    Files whole = files();
    options.sync_directory = folder;
    return whole;
  }
  void begin_anew() { std::filesystem::remove_all(options.sync_directory); }
};

/// Returns the error of `work`; unset if it succeeds.
template <class Work>
std::optional<std::string> failure_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return std::nullopt;
}

/// Calls `check` with disks that fail at each of the calls that `work` makes: every other one from there on.
template <class Work, class Check>
void at_each_call(Work work, Check check) {
  const FaultyDisk counting([](Disk::Call, const std::filesystem::path&, int) { return 0; });
  work(counting);
  for (int n = 0; n < counting.asked(); ++n) {
    CAPTURE(n);
    const bool is_once = n % 2 == 0;
    const auto fault = [=](Disk::Call, const std::filesystem::path&, int asked) {
      if (is_once) return asked == n ? EIO : 0;
      return asked >= n ? ENOSPC : 0;
    };
    check(FaultyDisk(fault));
  }
}

}  // namespace

TEST_CASE("a plan is read back as it was written") {
  Planned mirror;
  mirror.options.recursive = true;
  mirror.options.compression = codec::Compression::zstd;
  mirror.options.compression_level = 3;
  const std::vector<PlanRow> made = mirror.make_plan(7);
  std::vector<PlanRow> read;
  serialize::each_in_plan(mirror.plan(), [&](const PlanRow& row) { read.push_back(row); });
  CHECK(read == made);
  const serialize::PlanHead head = serialize::read_plan_head(mirror.plan());
  CHECK(head.shards == 7);
  CHECK(head.options.recursive);
  CHECK(head.options.compression == codec::Compression::zstd);
  CHECK(head.options.compression_level == 3);
  CHECK(head.options.batch_list == mirror.options.batch_list);
  CHECK(head.options.version == tool_version);
  CHECK(head.options.platform == mirror.options.platform);
}

TEST_CASE("the plan of the same list and folder is the same") {
  Planned mirror;
  mirror.make_plan();
  const std::string first = read_file(mirror.plan());
  mirror.make_plan();
  CHECK(read_file(mirror.plan()) == first);
}

TEST_CASE("a plan that was cut or damaged is refused, wherever") {
  Planned mirror;
  const std::vector<PlanRow> made = mirror.make_plan();
  const std::string plan = read_file(mirror.plan());
  const auto rows_of = [&](const std::string& text) {
    mirror.scratch.file("the.plan", text);
    std::vector<PlanRow> rows;
    serialize::each_in_plan(mirror.plan(), [&](const PlanRow& row) { rows.push_back(row); });
    return rows;
  };
  for (std::size_t size = 0; size < plan.size(); ++size) {
    CAPTURE(size);
    failure(ErrorKind::corrupt, [&] { rows_of(plan.substr(0, size)); });
  }
  failure(ErrorKind::corrupt, [&] { rows_of(plan + plan); });
  failure(ErrorKind::corrupt, [&] { rows_of(plan + "x"); });
  std::size_t harmless = 0;  // bits that zstd does not use
  for (std::size_t at = 0; at < plan.size(); ++at) {
    CAPTURE(at);
    std::string damaged = plan;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::vector<PlanRow> rows;
    const auto refused = failure_of([&] { rows = rows_of(damaged); });
    if (refused) continue;
    CHECK(rows == made);
    ++harmless;
  }
  CHECK(harmless < plan.size() / 20);
}

TEST_CASE("a graph is refused if a manifest, or the number of its entries, is not as planned") {
  const std::string manifest = image_of({"layer"});
  const std::string digest = sha256(manifest).text();
  const std::string root =
      "{\"schemaVersion\":2,\"manifests\":[" + json_of("application/vnd.oci.image.manifest.v1+json", manifest) + "]}";
  const auto graph = [&](const std::string& stored, const std::string& of, const std::string& text) {
    return "root " + std::to_string(root.size()) + "\n" + root + "\nstored " + stored + "\nmanifest " + of +
           " \"application/vnd.oci.image.manifest.v1+json\" " + std::to_string(text.size()) + "\n" + text + "\n";
  };
  const serialize::PlannedGraph parsed = serialize::parse_graph(graph("110", digest, manifest));
  CHECK(parsed.decision.stored == std::vector<bool>{true, true, false});
  CHECK(parsed.graph.entries.size() == 3);
  failure(ErrorKind::corrupt, [&] { serialize::parse_graph(graph("11", digest, manifest)); });
  failure(ErrorKind::corrupt, [&] { serialize::parse_graph(graph("110", digest, manifest + " ")); });
  failure(ErrorKind::corrupt, [&] { serialize::parse_graph(graph("110", sha256("other").text(), manifest)); });
  failure(ErrorKind::corrupt, [&] { serialize::parse_graph(graph("110", digest, manifest).substr(0, 300)); });
  failure(ErrorKind::corrupt, [&] { serialize::parse_graph(""); });
  const std::string root_only = graph("110", digest, manifest);
  failure(ErrorKind::corrupt, [&] { serialize::parse_graph(root_only.substr(0, root_only.find("manifest "))); });
}

TEST_CASE("parts in any order and a commit make the folder of a single run") {
  for (const auto compression : {codec::Compression::none, codec::Compression::gzip, codec::Compression::zstd}) {
    for (const auto dedup : {plan::DedupScope::folder, plan::DedupScope::name, plan::DedupScope::none}) {
      Planned mirror;
      mirror.options.compression = compression;
      mirror.options.dedup = dedup;
      const Files whole = mirror.files_of_one_run();
      mirror.make_plan();
      mirror.run_shard(2);
      mirror.run_shard(1);
      const serialize::Committed committed = mirror.commit();
      CHECK(committed.archives == 3);
      CHECK(committed.missing == 0);
      CHECK((mirror.files() == whole));
      CHECK(mirror.commit().before == 3);
      CHECK((mirror.files() == whole));
    }
  }
}

TEST_CASE("whichever call of a part fails, it reports it, and the next run of the part completes it") {
  Planned mirror;
  const Files whole = mirror.files_of_one_run();
  mirror.make_plan();
  const auto work = [&](const Disk& disk) {
    mirror.begin_anew();
    mirror.run_shard(1, disk);
  };
  at_each_call(work, [&](const Disk& disk) {
    mirror.begin_anew();
    const auto failure = failure_of([&] { mirror.run_shard(1, disk); });
    if (failure) CHECK(failure->find(mirror.scratch.path()) != std::string::npos);
    CHECK_FALSE(failure_of([&] { mirror.run_shard(1); }));
    mirror.run_shard(2);
    CHECK(mirror.commit().missing == 0);
    CHECK((mirror.files() == whole));
  });
}

TEST_CASE("whichever call of a commit fails, it reports it, and the next commit completes it") {
  Planned mirror;
  const Files whole = mirror.files_of_one_run();
  mirror.make_plan();
  const auto carry_out = [&] {
    mirror.begin_anew();
    mirror.run_shard(1);
    mirror.run_shard(2);
  };
  const auto work = [&](const Disk& disk) {
    carry_out();
    mirror.commit(false, disk);
  };
  at_each_call(work, [&](const Disk& disk) {
    carry_out();
    std::size_t missing = 0;
    const auto failure = failure_of([&] { missing = mirror.commit(false, disk).missing; });
    if (failure) CHECK(failure->find(mirror.scratch.path()) != std::string::npos);
    if (!failure && missing == 0) CHECK((mirror.files() == whole));
    if (mirror.commit().missing > 0) {  // an archive that could not be synced is not kept
      mirror.run_shard(1);
      mirror.run_shard(2);
      CHECK(mirror.commit().missing == 0);
    }
    CHECK((mirror.files() == whole));
  });
}

TEST_CASE("a commit stops before the first missing archive") {
  Planned mirror;
  mirror.options.dedup = plan::DedupScope::none;
  mirror.make_plan();
  mirror.run_shard(2);
  const serialize::Committed committed = mirror.commit();
  CHECK(committed.archives == 0);
  CHECK(committed.first_missing == "000001-a.tar");
  CHECK(committed.waiting + committed.missing == 3);
  CHECK(committed.run_again == std::vector<plan::Shard>{{1, 2}});
  CHECK(mirror.archives().empty());
}

TEST_CASE("with keep_going, a commit passes over missing archives, and over those that need them") {
  for (const auto dedup : {plan::DedupScope::none, plan::DedupScope::folder}) {
    Planned mirror;
    mirror.options.dedup = dedup;
    mirror.make_plan();
    mirror.run_shard(2);
    const serialize::Committed committed = mirror.commit(true);
    CHECK(committed.run_again == std::vector<plan::Shard>{{1, 2}});
    CHECK(committed.archives == (dedup == plan::DedupScope::none ? 3 - committed.missing : 0));
    CHECK(committed.archives + committed.waiting + committed.missing == 3);
    mirror.run_shard(1);
    CHECK(mirror.commit(true).missing == 0);
    CHECK(mirror.archives().size() == 3);
  }
}
