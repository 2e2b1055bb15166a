#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/codec/compression.hpp"

namespace acedt::sync {

/// The highest number of an archive. A higher one is a mistake or an attack: it would leave no numbers for later
/// archives.
inline constexpr std::uint64_t max_number = 999'999'999;

/// The name of an archive file in a sync folder: `%06d-NAME.tar`, `.tar.gz` or `.tar.zst`.
struct ArchiveName {
  std::uint64_t number = 0;
  std::string name = {};
  codec::Compression compression = codec::Compression::none;

  /// Returns the file name, such as "000001-tools.tar". The number has at least six digits.
  std::string file() const;
  /// Parses what file() returns; unset for anything else. NAME may contain '-' and '.'; the number is at most
  /// max_number.
  static std::optional<ArchiveName> parse(std::string_view file);
  /// The same for rows of trackers. As in the reference, the number may have fewer digits: "1-tools.tar".
  static std::optional<ArchiveName> parse_tracked(std::string_view file);

  bool operator==(const ArchiveName&) const = default;
};

/// Returns true if the reference's batch-deserialize does not stop at a file of this name in the folder. It skips
/// `*.csv`, reads archives whose NAME has no '-' and starts with a valid tag, and stops at everything else.
bool is_taken_by_reference(std::string_view file);

}  // namespace acedt::sync
