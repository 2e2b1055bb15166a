// Headers as Go's archive/tar writes them (https://pkg.go.dev/archive/tar): plain ustar if name and size fit it, else a
// PAX header before the ustar header, which then has the name cut to 100 bytes. Numbers are octal digits that fill
// their field.

#include "acedt/tar/header.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <span>

#include "tar/ustar.hpp"

namespace acedt::tar {
namespace {

/// Writes `text` at the start of a field of zeros.
void put(std::span<char> field, std::string_view text) {
  assert(text.size() <= field.size());
  std::copy(text.begin(), text.end(), field.begin());
}

/// Writes `value` as octal digits that fill the field up to its final NUL.
void put_octal(std::span<char> field, std::uint64_t value) {
  field.back() = '\0';
  for (std::size_t i = field.size() - 1; i-- > 0; value >>= 3) field[i] = static_cast<char>('0' + (value & 7));
}

Ustar ustar_of(std::string_view name, char type, unsigned mode, std::uint64_t size) {
  Ustar header{};
  put(header.name, name);
  put_octal(header.mode, mode);
  put_octal(header.uid, 0);
  put_octal(header.gid, 0);
  put_octal(header.size, size);
  put_octal(header.mtime, 0);
  header.type = type;
  put(header.magic, std::string_view("ustar\0", 6));
  put(header.version, "00");
  return header;
}

/// Returns the bytes of `header` with its checksum: six octal digits, NUL, blank.
std::string sealed(Ustar header) {
  put_octal(std::span(header.checksum).first(7), static_cast<std::uint64_t>(checksum_of<unsigned char>(header)));
  header.checksum[7] = ' ';
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

/// Returns the start of `name` that fits the name field, for readers without PAX. Without a slash at its end, which
/// would mean a directory.
std::string_view cut(std::string_view name) {
  if (name.size() <= sizeof(Ustar::name)) return name;
  name = name.substr(0, sizeof(Ustar::name));
  return name.substr(0, name.find_last_not_of('/') + 1);
}

struct SplitName {
  std::string_view prefix;
  std::string_view name;
};

/// Splits `name` at the last slash whose prefix fits its field. Returns nullopt if there is none, or the rest is too
/// long.
std::optional<SplitName> split_name(std::string_view name) {
  if (name.size() <= sizeof(Ustar::name)) return SplitName{"", name};
  const std::size_t slash = name.rfind('/', sizeof(Ustar::prefix));
  if (slash == name.npos || slash == 0 || slash + 1 == name.size()) return std::nullopt;
  const SplitName split{name.substr(0, slash), name.substr(slash + 1)};
  if (split.name.size() > sizeof(Ustar::name)) return std::nullopt;
  return split;
}

/// Returns a record such as "19 size=8589934592\n"; the number is the length of the whole record, with its own digits.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = 1 + key.size() + 1 + value.size() + 1;
  std::size_t length = rest;
  while (length != rest + std::to_string(length).size()) length = rest + std::to_string(length).size();
  return std::to_string(length).append(" ").append(key).append("=").append(value).append("\n");
}

/// Returns a PAX extended header (type x) with its padded records, named as in Go.
std::string pax_header(std::string_view name, std::string records) {
  const std::size_t base = name.rfind('/') + 1;  // 0 without a slash
  const std::string pax_name = std::string(name.substr(0, base)) + "PaxHeaders.0/" + std::string(name.substr(base));
  const std::string header = sealed(ustar_of(cut(pax_name), 'x', 0, records.size()));
  records.append(padding({records.size()}).count, '\0');
  return header + records;
}

/// Returns the header of a file or directory; in PAX form if name or size require it.
std::string entry_header(std::string_view name, char type, unsigned mode, std::uint64_t size) {
  const bool big = size > max_octal_size;
  const std::optional<SplitName> split = split_name(name);
  const bool pax = big || !split;

  std::string records;
  if (pax && name.size() > sizeof(Ustar::name)) records += pax_record("path", name);
  if (big) records += pax_record("size", std::to_string(size));

  Ustar header = ustar_of(pax ? cut(name) : split->name, type, mode, big ? 0 : size);
  if (!pax) put(header.prefix, split->prefix);
  put_octal(header.devmajor, 0);
  put_octal(header.devminor, 0);
  return pax ? pax_header(name, std::move(records)) + sealed(header) : sealed(header);
}

}  // namespace

std::string file_header(std::string_view name, Bytes size) {
  return entry_header(name, '0', 0666, size.count);
}

Bytes file_header_size(std::string_view name, Bytes size) {
  const bool is_plain = size.count <= max_octal_size && split_name(name);
  return is_plain ? block : Bytes{file_header(name, size).size()};
}

std::string directory_header(std::string_view name) {
  return entry_header(name, '5', 0777, 0);
}

Bytes padding(Bytes size) {
  return {(block.count - size.count % block.count) % block.count};
}

}  // namespace acedt::tar
