#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/codec/compression.hpp"

namespace acedt::sync {

/// Numbers end here, so that there is always room for more: what is higher is a mistake, or malice.
inline constexpr std::uint64_t max_number = 999'999'999;

/// The name of an archive file in a sync folder: `%06d-NAME.tar`, `.tar.gz` or `.tar.zst`.
struct ArchiveName {
  std::uint64_t number = 0;
  std::string name = {};
  codec::Compression compression = codec::Compression::none;

  /// "000001-tools.tar". Six digits at least.
  std::string file() const;
  /// Nothing for anything that is no such name. NAME may contain '-' and '.'; its number is max_number at most.
  static std::optional<ArchiveName> parse(std::string_view file);
  /// The same for rows of trackers: as the reference, with any digits: "1-tools.tar".
  static std::optional<ArchiveName> parse_tracked(std::string_view file);

  bool operator==(const ArchiveName&) const = default;
};

/// Whether the reference's batch-deserialize gets past a file of this name in the folder. It skips `*.csv`, reads
/// archives whose NAME has no '-' and begins with a legal tag, and stops at everything else.
bool is_taken_by_reference(std::string_view file);

}  // namespace acedt::sync
