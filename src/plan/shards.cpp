#include "acedt/plan/shards.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::plan {

std::string Shard::text() const {
  return std::to_string(index) + '/' + std::to_string(count);
}

Shard parse_shard(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '/');
  const auto index = to_number(parts.front());
  const auto count = to_number(parts.back());
  if (parts.size() != 2 || !index || !count || *index < 1 || *index > *count || *count > max_shards)
    throw Error(ErrorKind::usage, in_quotes(text) + " is not a shard: want I/N, with I from 1 to N and N up to " +
                                      std::to_string(max_shards))
        .hint("number the parts from 1: --shard 1/4, 2/4, 3/4 and 4/4 are all of four");
  return {static_cast<unsigned>(*index), static_cast<unsigned>(*count)};
}

Division::Division(unsigned count) {
  for (unsigned index = 1; index <= count; ++index) loads_.emplace(0_B, index);
}

unsigned Division::next(Bytes size) {
  const auto [load, index] = loads_.top();
  loads_.pop();
  loads_.emplace(load + size, index);
  return index;
}

}  // namespace acedt::plan
