// Schedulers tell a process which element of a job array it is in environment variables. Each has its own names, and
// its own first number. --shard auto knows them, so that one command line serves all elements.

#include "cli/shard_flags.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::cli {
namespace {

/// The variables of a scheduler. Those after `index` may be empty: the scheduler does not have them.
struct Scheduler {
  const char* name;
  const char* index;       ///< of this element
  const char* count = "";  ///< of elements
  const char* first = "";  ///< the lowest index
  const char* last = "";   ///< the highest index
  const char* step = "";   ///< between indexes
  std::uint64_t default_first = 1;
};

constexpr std::array schedulers = {
    Scheduler{.name = "Slurm",
              .index = "SLURM_ARRAY_TASK_ID",
              .count = "SLURM_ARRAY_TASK_COUNT",
              .first = "SLURM_ARRAY_TASK_MIN",
              .step = "SLURM_ARRAY_TASK_STEP"},
    Scheduler{.name = "Kubernetes", .index = "JOB_COMPLETION_INDEX", .default_first = 0},
    Scheduler{.name = "PBS", .index = "PBS_ARRAY_INDEX"},
    Scheduler{.name = "SGE",
              .index = "SGE_TASK_ID",
              .first = "SGE_TASK_FIRST",
              .last = "SGE_TASK_LAST",
              .step = "SGE_TASK_STEPSIZE"},
    Scheduler{.name = "LSF", .index = "LSB_JOBINDEX", .last = "LSB_JOBINDEX_END", .step = "LSB_JOBINDEX_STEP"},
};

std::optional<std::uint64_t> number_in(const Environment& environment, const char* variable) {
  const auto text = *variable == '\0' ? std::nullopt : environment(variable);
  return text ? to_number(*text) : std::nullopt;  // "undefined" in SGE: not an array
}

/// Returns the element that `scheduler` says this process is; unset if it says nothing, or not the number of elements.
///
/// `known`: the number of parts. An array with fewer elements runs some parts again; its indexes are those of the
/// parts.
std::optional<plan::Shard> element(const Scheduler& scheduler, const Environment& environment,
                                   std::optional<unsigned> known) {
  const auto index = number_in(environment, scheduler.index);
  if (!index) return std::nullopt;
  const std::uint64_t step = std::max<std::uint64_t>(number_in(environment, scheduler.step).value_or(1), 1);
  const auto given_first = number_in(environment, scheduler.first);
  auto count = number_in(environment, scheduler.count);
  const auto last = number_in(environment, scheduler.last);
  std::uint64_t first = given_first.value_or(scheduler.default_first);
  if (!count && last && *last >= first) count = (*last - first) / step + 1;
  const bool is_rerun = known && count && *count != *known;
  if (is_rerun) first = 1;
  if (known) count = *known;
  if (!count) return std::nullopt;
  const std::uint64_t number = *index < first ? 0 : (*index - first) / (is_rerun ? 1 : step) + 1;
  if (number < 1 || number > *count || *count > plan::max_shards)
    throw Error(ErrorKind::usage, std::string("--shard auto: ") + scheduler.index + " is " + std::to_string(*index) +
                                      ", which is none of " + std::to_string(*count) + " parts")
        .hint("number the elements of the job array from " + std::to_string(scheduler.default_first));
  return plan::Shard{static_cast<unsigned>(number), static_cast<unsigned>(*count)};
}

plan::Shard from_scheduler(const Environment& environment, std::optional<unsigned> known) {
  for (const Scheduler& scheduler : schedulers) {
    if (!number_in(environment, scheduler.index)) continue;
    if (const auto found = element(scheduler, environment, known)) return *found;
    throw Error(ErrorKind::usage,
                std::string("--shard auto: ") + scheduler.name + " does not say how many parts there are")
        .hint("add --shards N");
  }
  throw Error(ErrorKind::usage, "--shard auto: this process is not an element of a job array")
      .hint("start it as an array of Slurm, Kubernetes, PBS, SGE or LSF, or give --shard I/N");
}

}  // namespace

std::optional<unsigned> shards_of(const Flags& flags) {
  const std::string text = flags.last(shards_flag);
  if (text.empty()) return std::nullopt;
  const auto count = to_number(text);
  if (!count || *count < 1 || *count > plan::max_shards)
    throw Error(ErrorKind::usage,
                "--shards: got " + in_quotes(text) + ", want a number from 1 to " + std::to_string(plan::max_shards))
        .hint("give the number of all parts");
  return static_cast<unsigned>(*count);
}

std::optional<plan::Shard> shard_of(const Flags& flags, const Environment& environment,
                                    std::optional<unsigned> planned) {
  const std::optional<unsigned> given = shards_of(flags);
  if (given && planned && *given != *planned)
    throw Error(ErrorKind::usage,
                "--shards is " + std::to_string(*given) + ", but the plan is for " + std::to_string(*planned))
        .hint("omit --shards, or make another plan");
  const std::string text = flags.last(shard_flag);
  if (text.empty()) return std::nullopt;
  const std::optional<unsigned> known = given ? given : planned;
  plan::Shard shard;
  if (text == "auto") {
    shard = from_scheduler(environment, known);
  } else {
    try {
      shard = plan::parse_shard(text);
    } catch (Error& error) {
      error.add("--shard");
      throw;
    }
  }
  if (known && shard.count != *known)
    throw Error(ErrorKind::usage, "--shard " + shard.text() + ": the number of parts is " + std::to_string(*known))
        .hint("give --shard I/" + std::to_string(*known) + ", or make another plan");
  return shard;
}

void divide_limits(engine::Settings& settings, const plan::Shard& shard) {
  settings.connections_per_host = std::max(settings.connections_per_host / shard.count, 1U);
  if (settings.max_rate) settings.max_rate = Bytes{std::max<std::uint64_t>(settings.max_rate->count / shard.count, 1)};
  if (settings.max_requests_per_second)
    settings.max_requests_per_second = std::max(*settings.max_requests_per_second / shard.count, 1U);
}

}  // namespace acedt::cli
