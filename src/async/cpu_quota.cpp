// A quota may be set on the group of the process or on any group above it, so all of them are read, up to the mount
// point. A file that cannot be read sets no limit.

#include "async/cpu_quota.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "acedt/base/text.hpp"

namespace acedt::async {
namespace {

namespace fs = std::filesystem;

bool has(const std::vector<std::string_view>& list, std::string_view item) {
  return std::ranges::find(list, item) != list.end();
}

/// Returns the group of this process in the hierarchy of cgroup v2, or in the v1 hierarchy with the controller cpu. A
/// line is "0::/GROUP" in v2 and "NUMBER:CONTROLLER,CONTROLLER:/GROUP" in v1.
std::optional<fs::path> group_in(std::string_view membership, bool is_v2) {
  for (const std::string_view line : split(membership, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 3) continue;
    if (is_v2 ? fields[0] == "0" && fields[1].empty() : has(split(fields[1], ','), "cpu"))
      return line.substr(fields[0].size() + fields[1].size() + 2);
  }
  return std::nullopt;
}

/// Appends the folder of `group` and the folders above it, up to `mount`, where the group `root` is mounted.
void add_groups(const fs::path& group, const fs::path& root, const fs::path& mount, bool is_v2,
                std::vector<Cgroup>& out) {
  const fs::path below = group.lexically_relative(root);
  if (!below.empty() && below != "." && *below.begin() != "..")
    for (fs::path part = below; !part.empty(); part = part.parent_path()) out.push_back({mount / part, is_v2});
  out.push_back({mount, is_v2});
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::optional<std::size_t> limit_of(const Cgroup& group) {
  if (!group.is_v2)
    return processors_of(trim(text_of(group.folder / "cpu.cfs_quota_us")),
                         trim(text_of(group.folder / "cpu.cfs_period_us")));
  const std::string text = text_of(group.folder / "cpu.max");
  const auto words = split(trim(text), ' ');
  return words.size() == 2 ? processors_of(words[0], words[1]) : std::nullopt;
}

}  // namespace

std::optional<std::size_t> processors_of(std::string_view quota, std::string_view period) {
  const auto granted = to_number(quota);
  const auto of = to_number(period);
  if (!granted || !of || *of == 0) return std::nullopt;
  return static_cast<std::size_t>(std::max<std::uint64_t>(1, *granted / *of + (*granted % *of == 0 ? 0 : 1)));
}

std::vector<Cgroup> cgroups_of(std::string_view membership, std::string_view mounts) {
  std::vector<Cgroup> out;
  for (const std::string_view line : split(mounts, '\n')) {
    // "ID PARENT DEVICE ROOT MOUNT OPTIONS TAG… - TYPE SOURCE OPTIONS" (proc_pid_mountinfo(5))
    const auto fields = split(line, ' ');
    const auto dash = std::ranges::find(fields, "-");
    if (fields.end() - dash < 4 || dash - fields.begin() < 6) continue;
    const bool is_v2 = dash[1] == "cgroup2";
    if (!is_v2 && !(dash[1] == "cgroup" && has(split(dash[3], ','), "cpu"))) continue;
    if (const auto group = group_in(membership, is_v2)) add_groups(*group, fields[3], fields[4], is_v2, out);
  }
  return out;
}

std::optional<std::size_t> cpu_quota() {
  std::optional<std::size_t> lowest;
  for (const Cgroup& group : cgroups_of(text_of("/proc/self/cgroup"), text_of("/proc/self/mountinfo"))) {
    const auto limit = limit_of(group);
    if (limit) lowest = std::min(*limit, lowest.value_or(*limit));
  }
  return lowest;
}

}  // namespace acedt::async
