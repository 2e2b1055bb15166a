#include "acedt/oci/descriptor.hpp"

namespace acedt::oci {
namespace {

#if defined(__linux__)
constexpr auto os = "linux";
#elif defined(__APPLE__)
constexpr auto os = "darwin";
#elif defined(__FreeBSD__)
constexpr auto os = "freebsd";
#else
constexpr auto os = "";
#endif

#if defined(__x86_64__)
constexpr auto architecture = "amd64";
#elif defined(__aarch64__)
constexpr auto architecture = "arm64";
#elif defined(__i386__)
constexpr auto architecture = "386";
#elif defined(__arm__)
constexpr auto architecture = "arm";
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
constexpr auto architecture = "ppc64le";
#elif defined(__s390x__)
constexpr auto architecture = "s390x";
#elif defined(__riscv) && __riscv_xlen == 64
constexpr auto architecture = "riscv64";
#elif defined(__loongarch64)
constexpr auto architecture = "loong64";
#else
constexpr auto architecture = "";
#endif

}  // namespace

std::string_view annotation_of(const std::map<std::string, std::string>& annotations, std::string_view key) {
  const auto found = annotations.find(std::string(key));
  return found == annotations.end() ? std::string_view() : found->second;
}

Platform native_platform() {
  return {.architecture = architecture, .os = os};
}

}  // namespace acedt::oci
