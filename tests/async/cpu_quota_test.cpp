#include "async/cpu_quota.hpp"

#include "acedt/async/runtime.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace acedt;
using async::Cgroup;

namespace {

using Groups = std::vector<Cgroup>;

constexpr std::string_view unified =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "31 23 0:27 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

/// A line of mountinfo: cgroup v1 with `controllers`, its group `root` mounted at `mount`.
std::string v1_mount(const std::string& controllers, const std::string& root, const std::string& mount) {
  return "33 23 0:29 " + root + " " + mount + " rw,nosuid - cgroup cgroup rw," + controllers + "\n";
}

}  // namespace

TEST_CASE("a CPU quota is rounded up to whole processors, and is at least one") {
  CHECK(async::processors_of("200000", "100000") == 2);
  CHECK(async::processors_of("150000", "100000") == 2);
  CHECK(async::processors_of("200001", "100000") == 3);
  CHECK(async::processors_of("1000", "100000") == 1);
  CHECK(async::processors_of("0", "100000") == 1);
  CHECK(async::processors_of("50000", "25000") == 2);
}

TEST_CASE("a group without a quota, or with one that is not understood, sets no limit") {
  const std::pair<const char*, const char*> quotas[] = {{"max", "100000"}, {"-1", "100000"}, {"", ""},
                                                        {"100000", "0"},   {"100000", ""},   {"x", "y"}};
  for (const auto& [quota, period] : quotas) CHECK(async::processors_of(quota, period) == std::nullopt);
}

TEST_CASE("with cgroup v2, the process's own group and all its parents count") {
  CHECK(async::cgroups_of("0::/user.slice/app.scope\n", unified) ==
        Groups{{"/sys/fs/cgroup/user.slice/app.scope", true},
               {"/sys/fs/cgroup/user.slice", true},
               {"/sys/fs/cgroup", true}});
  CHECK(async::cgroups_of("0::/\n", unified) == Groups{{"/sys/fs/cgroup", true}});
  CHECK(async::cgroups_of("0::/a:b\n", unified) == Groups{{"/sys/fs/cgroup/a:b", true}, {"/sys/fs/cgroup", true}});
}

TEST_CASE("with cgroup v1, the hierarchy of the controller cpu counts") {
  const std::string mounts =
      v1_mount("cpuset", "/", "/sys/fs/cgroup/cpuset") + v1_mount("cpu,cpuacct", "/", "/sys/fs/cgroup/cpu,cpuacct");
  CHECK(async::cgroups_of("7:cpuset:/x\n4:cpu,cpuacct:/a/b\n1:name=systemd:/s\n", mounts) ==
        Groups{{"/sys/fs/cgroup/cpu,cpuacct/a/b", false},
               {"/sys/fs/cgroup/cpu,cpuacct/a", false},
               {"/sys/fs/cgroup/cpu,cpuacct", false}});
}

TEST_CASE("where only the group of a container is mounted, that mount is the group") {
  const std::string mounts = v1_mount("cpu", "/docker/1", "/sys/fs/cgroup/cpu");
  CHECK(async::cgroups_of("4:cpu:/docker/1\n", mounts) == Groups{{"/sys/fs/cgroup/cpu", false}});
  CHECK(async::cgroups_of("4:cpu:/docker/1/inner\n", mounts) ==
        Groups{{"/sys/fs/cgroup/cpu/inner", false}, {"/sys/fs/cgroup/cpu", false}});
  CHECK(async::cgroups_of("4:cpu:/elsewhere\n", mounts) == Groups{{"/sys/fs/cgroup/cpu", false}});
  CHECK(async::cgroups_of("0::/../../outside\n", unified) == Groups{{"/sys/fs/cgroup", true}});
}

TEST_CASE("where both versions are mounted, both count") {
  const std::string mounts = v1_mount("cpu", "/", "/v1") + std::string(unified);
  CHECK(async::cgroups_of("4:cpu:/a\n0::/\n", mounts) ==
        Groups{{"/v1/a", false}, {"/v1", false}, {"/sys/fs/cgroup", true}});
}

TEST_CASE("without control groups, and with files that are not understood, no group is found") {
  CHECK(async::cgroups_of("", "").empty());
  CHECK(async::cgroups_of("0::/\n", "").empty());
  CHECK(async::cgroups_of("", unified).empty());
  CHECK(async::cgroups_of("nonsense\n:\n0:\n", "a b c\n1 2 - cgroup2\n").empty());
}

TEST_CASE("this process may run on at least one processor, and on no more than its quota") {
  CHECK(async::processors() >= 1);
  CHECK(async::processors() <= async::cpu_quota().value_or(async::processors()));
}
