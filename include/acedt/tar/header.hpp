#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "acedt/base/units.hpp"

namespace acedt::tar {

/// Headers take one block, and content is padded to whole blocks.
inline constexpr Bytes block{512};
/// The end-of-archive marker: two blocks of zeros (POSIX.1-2017 pax, "ustar Interchange Format").
inline constexpr Bytes end_of_archive{1024};

/// The position of content in an archive file: decode from byte `frame` of the file on, and drop the first `skip`
/// decoded bytes. In a plain archive `frame` is the offset of the content and `skip` is 0.
struct Location {
  std::uint64_t frame = 0;
  std::uint64_t skip = 0;

  bool operator==(const Location&) const = default;
};

/// Returns the header of a regular file, byte for byte as Go's archive/tar writes it: mode 0666, owner 0, time 0.
///
/// It is one ustar block, or three or more with a PAX extended header, if the size is 8 GiB or more or the name does
/// not fit the fields name and prefix. `name` is a clean relative path in ASCII, without NUL.
std::string file_header(std::string_view name, Bytes size);
/// Returns the size of file_header(name, size), at little cost.
Bytes file_header_size(std::string_view name, Bytes size);
/// Returns the header of a directory: mode 0777, no slash at the end of its name, as Go writes it.
std::string directory_header(std::string_view name);
/// Returns the number of zero bytes that follow `size` bytes of content.
Bytes padding(Bytes size);

}  // namespace acedt::tar
