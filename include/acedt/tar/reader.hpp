#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "acedt/base/units.hpp"
#include "acedt/tar/header.hpp"

namespace acedt::tar {

struct Ustar;

/// Parses a tar stream (POSIX ustar and PAX, https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html; GNU
/// long names and base-256 sizes) without I/O.
///
/// Feed it bytes in any portions; each call returns one step and the number of bytes that it used. Memory is bounded:
/// PAX and GNU headers over 1 MiB are refused. So are sparse files, whose content is not stored verbatim.
class Reader {
 public:
  enum class Type { file, directory, other };
  struct NeedMore {};  ///< all input was used: feed more
  /// The header of an entry, with what extension headers say about it.
  struct Entry {
    std::string name;  ///< as stored; may start with "./" and end with a slash
    Type type = Type::other;
    Bytes size;    ///< of the content that follows; 0 for directories, links and devices
    Bytes offset;  ///< of the content in the stream
  };
  struct Data {
    std::span<const std::byte> bytes;  ///< content of the current entry; points into the input just fed
  };
  struct EntryEnd {};  ///< the content of the current entry is complete
  struct End {};       ///< the end-of-archive marker
  struct Malformed {
    const char* why = "";  ///< a static text
  };
  using Step = std::variant<NeedMore, Entry, Data, EntryEnd, End, Malformed>;

  /// Returns the next step. `used` receives the number of bytes of `input` that it took. After End or Malformed, every
  /// call returns the same and takes nothing. If the stream ends before End, the archive is cut: only the caller can
  /// tell.
  Step feed(std::span<const std::byte> input, std::size_t& used);

  /// Skips what is left of the content of the current entry: the next input must begin after it. Returns its size.
  Bytes skip_content();

 private:
  enum class Stage { header, extension, padding, content, ended, malformed };

  void collect(Stage stage, std::uint64_t size);
  std::optional<Step> read_collected();
  std::optional<Step> read_header();
  Entry read_entry(const Ustar& header, std::uint64_t size);
  std::optional<Step> read_extension();
  const char* read_records(std::string_view records);
  Malformed fail(const char* why);

  Stage stage_ = Stage::header;
  std::uint64_t left_ = block.count;  // bytes to come in this stage
  std::string collected_;             // of a header or an extension header
  Bytes offset_;                      // bytes used so far
  Bytes content_size_;                // of the entry or extension header before the padding
  char extension_ = 0;                // type of the extension header that is being collected
  bool zero_block_ = false;           // the last block was all zeros
  const char* why_ = "";
  // What extension headers say about the next entry.
  std::optional<std::string> path_;
  std::optional<std::uint64_t> size_;
};

}  // namespace acedt::tar
