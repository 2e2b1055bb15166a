#pragma once

#include <cstdint>

namespace acedt::tar {

/// Where content is in an archive file, plain or compressed: decode from byte `frame` of the file, and drop the first
/// `skip` decoded bytes. In a plain archive `frame` is the offset of the content itself, and `skip` is 0.
struct Location {
  std::uint64_t frame = 0;
  std::uint64_t skip = 0;

  bool operator==(const Location&) const = default;
};

}  // namespace acedt::tar
