#pragma once

#include <cstdint>

namespace acedt::tar {

/// The layout of a header block (POSIX.1-2017 pax, "ustar Interchange Format").
struct Ustar {
  char name[100];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[8];
  char type;
  char linkname[100];
  char magic[6];
  char version[2];
  char uname[32];
  char gname[32];
  char devmajor[8];
  char devminor[8];
  char prefix[155];
  char pad[12];
};
static_assert(sizeof(Ustar) == 512);

inline constexpr std::uint64_t max_octal_size = 077777777777;  // 8 GiB - 1, the largest number that fits Ustar::size

/// Returns the sum of the bytes of `header`, the checksum field counted as blanks. Some old writers summed `signed
/// char`s.
template <typename Char>
std::int64_t checksum_of(const Ustar& header) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < sizeof header; ++i) sum += static_cast<Char>(reinterpret_cast<const char*>(&header)[i]);
  for (const char c : header.checksum) sum += ' ' - static_cast<Char>(c);
  return sum;
}

}  // namespace acedt::tar
