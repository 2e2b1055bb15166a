#pragma once

#include <filesystem>
#include <optional>

#include "acedt/base/file.hpp"
#include "acedt/base/units.hpp"

namespace acedt::deserialize {

/// A file that can be read at any offset: the file itself, or a copy of what comes from a pipe or a tape.
class Spool {
 public:
  /// Copies `source` if it is "-" (standard input), a FIFO or a device, in reads of `block` bytes. The copy is an
  /// unnamed file in `directory`, which lives as long as this. Blocks until the end of `source`. Throws Error(storage)
  /// or Error(no_space).
  Spool(const std::filesystem::path& source, const std::filesystem::path& directory, Bytes block);

  /// Returns the path of the file or of the copy. Valid as long as this lives.
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  std::optional<File> copy_;
};

}  // namespace acedt::deserialize
