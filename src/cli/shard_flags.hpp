#pragma once

#include <optional>

#include "acedt/cli/command.hpp"
#include "acedt/engine/settings.hpp"
#include "acedt/plan/shards.hpp"

namespace acedt::cli {

/// Which part of the work this process does.
inline constexpr Flag shard_flag = {
    "--shard", "I/N",
    "Do part I of N, one of several processes; auto: read I and N from the variables of Slurm, Kubernetes, PBS, SGE or "
    "LSF. --connections-per-host, --max-rate and --max-requests-per-second are limits of all N together"};
/// The number of parts, for --shard auto.
inline constexpr Flag shards_flag = {"--shards", "N",
                                     "Number of parts, for --shard auto if the scheduler does not say"};

/// Parses --shards; unset if it was not given. Throws Error(usage).
std::optional<unsigned> shards_of(const Flags& flags);

/// Returns the part that --shard asks for; unset if it was not given. `planned`: the number of parts if it is known
/// from elsewhere. --shards takes precedence over the scheduler's number.
///
/// Throws Error(usage) if --shard and --shards contradict each other or `planned`, or if "auto" finds no variables of a
/// scheduler, or not the number of parts.
std::optional<plan::Shard> shard_of(const Flags& flags, const Environment& environment,
                                    std::optional<unsigned> planned = {});

/// Divides the limits that apply to a registry by the number of parts; each stays at 1 or more.
void divide_limits(engine::Settings& settings, const plan::Shard& shard);

}  // namespace acedt::cli
