#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

// The CPU time that Linux control groups grant this process. A container gets its limit this way (docker run --cpus 2),
// and its affinity mask does not show it. See "CPU bandwidth" in the kernel's documentation of cgroup v1 and v2.
namespace acedt::async {

/// Returns how many processors a quota of `quota` µs in each `period` µs keeps busy, rounded up, at least 1. Unset if
/// there is no limit ("max", "-1"), or if the texts are not numbers.
std::optional<std::size_t> processors_of(std::string_view quota, std::string_view period);

/// A control group that may limit this process.
struct Cgroup {
  std::filesystem::path folder = {};
  bool is_v2 = false;  ///< the limit is in cpu.max; else in cpu.cfs_quota_us and cpu.cfs_period_us

  bool operator==(const Cgroup&) const = default;
};

/// Returns the groups whose limits count, for every mounted hierarchy: the group of this process, and its parents.
///
/// `membership` is the text of /proc/self/cgroup, `mounts` the text of /proc/self/mountinfo. With cgroup v1, Docker
/// names the group as the host sees it, outside the mounted hierarchy: then the mounted folder stands for it.
std::vector<Cgroup> cgroups_of(std::string_view membership, std::string_view mounts);

/// Returns the lowest of these limits for this process; unset if there is none, or if none can be read.
std::optional<std::size_t> cpu_quota();

}  // namespace acedt::async
