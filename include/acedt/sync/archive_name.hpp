#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/codec/compression.hpp"

namespace acedt::sync {

/// The name of an archive file in a sync folder: `%06d-NAME.tar`, `.tar.gz` or `.tar.zst`.
struct ArchiveName {
  std::uint64_t number = 0;
  std::string name = {};
  codec::Compression compression = codec::Compression::none;

  /// "000001-tools.tar". Six digits at least.
  std::string file() const;
  /// Nothing for anything that is no such name. NAME may contain '-' and '.'.
  static std::optional<ArchiveName> parse(std::string_view file);

  bool operator==(const ArchiveName&) const = default;
};

}  // namespace acedt::sync
