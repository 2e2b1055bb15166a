#include "cli/given.hpp"

#include <cstdint>

namespace acedt::cli {

Error not_wanted(const Given& given, const std::string& wanted) {
  return {ErrorKind::usage, given.name() + ": got " + in_quotes(given.text()) + ", want " + wanted};
}

unsigned number_within(const Given& given, unsigned min, unsigned max, const std::string& remark) {
  const auto number = to_number(given.text());
  if (number && *number >= min && *number <= max) return static_cast<unsigned>(*number);
  throw Error(ErrorKind::usage, given.name() + remark + ": got " + in_quotes(given.text()) + ", want a number from " +
                                    std::to_string(min) + " to " + std::to_string(max));
}

Bytes parse_size(const Given& given) {
  if (const auto size = parse_bytes(given.text())) return *size;
  throw not_wanted(given, "a size such as 48MiB or 1GB");
}

std::string exact(Bytes size) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 6> units = {
      {{"GiB", 1 << 30}, {"GB", 1'000'000'000}, {"MiB", 1 << 20}, {"MB", 1'000'000}, {"KiB", 1 << 10}, {"kB", 1'000}}};
  for (const auto& [name, bytes] : units)
    if (size.count > 0 && size.count % bytes == 0) return std::to_string(size.count / bytes).append(name);
  return std::to_string(size.count);
}

std::chrono::milliseconds parse_wait(const Given& given) {
  if (const auto wait = parse_duration(given.text())) return *wait;
  throw not_wanted(given, "a time such as 500ms, 30s or 2m");
}

bool parse_switch(const Given& given) {
  if (const auto value = parse_switch(given.text())) return *value;
  throw not_wanted(given, "true or false");
}

std::vector<std::string> switch_texts(bool value) {
  return {value ? "true" : "false"};
}

}  // namespace acedt::cli
