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

/// Cuts a tar stream into entries (POSIX ustar and PAX; GNU long names and base-256 sizes). No I/O.
///
/// Feed it whatever arrived; it answers with one step at a time and says how much of the input it used.
/// Bounded: PAX and GNU headers over 1 MiB are refused. So are sparse files, whose content is not their bytes.
class Reader {
 public:
  enum class Type { file, directory, other };
  struct NeedMore {};  ///< all input used: feed more
  struct Entry {
    std::string name;  ///< as it is written: perhaps with "./" before, and a slash behind that of a directory
    Type type = Type::other;
    Bytes size;    ///< of the content that follows; 0 for all but files and some others
    Bytes offset;  ///< of that content in the stream
  };
  struct Data {
    std::span<const std::byte> bytes;  ///< content of the current entry; points into the input just fed
  };
  struct EntryEnd {};  ///< the content of the current entry is complete
  struct End {};       ///< the end-of-archive marker
  struct Malformed {
    const char* why = "";
  };
  using Step = std::variant<NeedMore, Entry, Data, EntryEnd, End, Malformed>;

  /// `used` receives the number of bytes of `input` consumed by this step. After End or Malformed it stays so, and uses
  /// nothing. A stream that ends before End is cut; this only the caller can see.
  Step feed(std::span<const std::byte> input, std::size_t& used);

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
  std::uint64_t left_ = block.count;  // of what stage_ is about
  std::string collected_;             // of a header or an extension
  Bytes offset_;                      // bytes used so far
  Bytes content_size_;                // of the entry or extension that padding follows
  char extension_ = 0;                // type of the extension that is being collected
  bool zero_block_ = false;           // the last block was all zeros
  const char* why_ = "";
  // What extensions said about the next entry.
  std::optional<std::string> path_;
  std::optional<std::uint64_t> size_;
};

}  // namespace acedt::tar
