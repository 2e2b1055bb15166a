#include "cli/shard_flags.hpp"

#include <doctest/doctest.h>

#include <map>

#include "acedt/base/error.hpp"

namespace acedt::cli {
namespace {

using Variables = std::map<std::string, std::string>;

std::optional<plan::Shard> shard(const std::string& text, const Variables& variables = {},
                                 const std::string& shards = "", std::optional<unsigned> planned = {}) {
  Flags flags;
  if (!text.empty()) flags.add(shard_flag, text);
  if (!shards.empty()) flags.add(shards_flag, shards);
  const Environment environment = [&](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  return shard_of(flags, environment, planned);
}

TEST_CASE("a shard is given by hand, or not at all") {
  CHECK_FALSE(shard(""));
  CHECK(shard("3/8") == plan::Shard{3, 8});
  CHECK(shard("3/8", {}, "8", 8) == plan::Shard{3, 8});
  CHECK_THROWS_WITH_AS(shard("3"), doctest::Contains("--shard: \"3\" is not a shard"), Error);
  CHECK_THROWS_AS(shard("3/8", {}, "4"), Error);
  CHECK_THROWS_AS(shard("3/8", {}, "", 4), Error);
  CHECK_THROWS_AS(shard("3/8", {}, "8", 4), Error);
  CHECK_THROWS_AS(shard("3/8", {}, "0"), Error);
}

TEST_CASE("auto reads the variables of Slurm, wherever the array begins") {
  CHECK(shard("auto", {{"SLURM_ARRAY_TASK_ID", "3"}, {"SLURM_ARRAY_TASK_COUNT", "4"}, {"SLURM_ARRAY_TASK_MIN", "0"}}) ==
        plan::Shard{4, 4});
  CHECK(shard("auto", {{"SLURM_ARRAY_TASK_ID", "3"}, {"SLURM_ARRAY_TASK_COUNT", "4"}, {"SLURM_ARRAY_TASK_MIN", "1"}}) ==
        plan::Shard{3, 4});
  CHECK(shard("auto", {{"SLURM_ARRAY_TASK_ID", "20"},
                       {"SLURM_ARRAY_TASK_COUNT", "3"},
                       {"SLURM_ARRAY_TASK_MIN", "10"},
                       {"SLURM_ARRAY_TASK_STEP", "5"}}) == plan::Shard{3, 3});
}

TEST_CASE("an array of Slurm with fewer elements than there are parts runs the parts of its indexes") {
  const Variables rerun = {
      {"SLURM_ARRAY_TASK_ID", "7"}, {"SLURM_ARRAY_TASK_COUNT", "2"}, {"SLURM_ARRAY_TASK_MIN", "3"}};
  CHECK(shard("auto", rerun, "8") == plan::Shard{7, 8});
  CHECK(shard("auto", rerun, "", 8) == plan::Shard{7, 8});
  CHECK_THROWS_AS(shard("auto", rerun, "6"), Error);
}

TEST_CASE("auto reads the variables of Kubernetes and PBS, which do not say the number of parts") {
  CHECK(shard("auto", {{"JOB_COMPLETION_INDEX", "0"}}, "3") == plan::Shard{1, 3});
  CHECK(shard("auto", {{"JOB_COMPLETION_INDEX", "2"}}, "", 3) == plan::Shard{3, 3});
  CHECK(shard("auto", {{"PBS_ARRAY_INDEX", "1"}}, "3") == plan::Shard{1, 3});
  CHECK_THROWS_WITH_AS(shard("auto", {{"JOB_COMPLETION_INDEX", "0"}}),
                       doctest::Contains("Kubernetes does not say how many parts"), Error);
  CHECK_THROWS_AS(shard("auto", {{"JOB_COMPLETION_INDEX", "3"}}, "3"), Error);
  CHECK_THROWS_AS(shard("auto", {{"PBS_ARRAY_INDEX", "0"}}, "3"), Error);
}

TEST_CASE("auto reads the variables of SGE and LSF") {
  CHECK(shard("auto",
              {{"SGE_TASK_ID", "4"}, {"SGE_TASK_FIRST", "2"}, {"SGE_TASK_LAST", "9"}, {"SGE_TASK_STEPSIZE", "2"}}) ==
        plan::Shard{2, 4});
  CHECK(shard("auto", {{"LSB_JOBINDEX", "5"}, {"LSB_JOBINDEX_END", "6"}}) == plan::Shard{5, 6});
  CHECK_THROWS_AS(shard("auto", {{"SGE_TASK_ID", "undefined"}}), Error);
  CHECK_THROWS_AS(shard("auto"), Error);
}

TEST_CASE("limits of a registry are divided among the parts") {
  engine::Settings settings;
  settings.connections_per_host = 64;
  settings.max_rate = 800_B;
  settings.max_requests_per_second = 4;
  divide_limits(settings, {1, 8});
  CHECK(settings.connections_per_host == 8);
  CHECK(settings.max_rate == 100_B);
  CHECK(settings.max_requests_per_second == 1);
  divide_limits(settings, {1, 1000});
  CHECK(settings.connections_per_host == 1);
  CHECK(settings.max_rate == 1_B);
}

}  // namespace
}  // namespace acedt::cli
