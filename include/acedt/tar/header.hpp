#pragma once

#include <string>
#include <string_view>

#include "acedt/base/units.hpp"

namespace acedt::tar {

inline constexpr Bytes block{512};
/// Two blocks of zeros end an archive (POSIX pax, "ustar Interchange Format").
inline constexpr Bytes end_of_archive{1024};

/// The header of a regular file, to the byte as Go's archive/tar writes it: mode 0666, owner 0, time 0.
///
/// One ustar block; three or more, with a PAX extended header before, where the size is 8 GiB or more or the name does
/// not fit name and prefix. `name` is a clean relative path in ASCII, without NUL.
std::string file_header(std::string_view name, Bytes size);
/// How long that is.
Bytes file_header_size(std::string_view name, Bytes size);
/// The same for a directory: mode 0777, no trailing slash.
std::string directory_header(std::string_view name);
/// How many zero bytes follow `size` bytes of content.
Bytes padding(Bytes size);

}  // namespace acedt::tar
