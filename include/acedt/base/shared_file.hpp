#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "acedt/base/disk.hpp"

namespace acedt {

/// Puts in place of the text of `path` what `change` makes of it. Without a file the text is empty.
///
/// For small files of secrets that several processes change, such as one of logins: each finds what the others made
/// of it, and a reader or a crash sees the old text or the new one, whole and on disk. `change` may be called again, if
/// somebody else changed the file meanwhile. Symbolic links are followed, even to where there is no file yet. Owner and
/// mode stay; a new file is its owner's alone (mode 0600), and so is its folder. PATH.lock stands beside it meanwhile.
///
/// Throws Error(storage); Error(locked) if another process does not come to an end with it for half a minute; and
/// what `change` throws.
void change_shared_file(const std::filesystem::path& path, const std::function<std::string(std::string)>& change,
                        const Disk& disk = Disk::real());

}  // namespace acedt
