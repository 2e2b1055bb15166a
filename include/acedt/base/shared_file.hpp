#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "acedt/base/disk.hpp"

namespace acedt {

/// Replaces the text of `path` by what `change` returns for it. The text of a missing file is empty.
///
/// For small files with secrets that several processes change, such as the file of logins. No process loses a change of
/// another one, and a reader or a crash sees the old text or the new one, whole and on disk. `change` is called again
/// if another process changed the file meanwhile. Symbolic links are followed, also to a file that does not exist yet.
/// Owner and mode are kept; a new file has mode 0600, and a new folder mode 0700. PATH.lock exists during the change.
///
/// Throws Error(storage), Error(no_space), Error(usage) if links lead in a circle, Error(locked) if another process
/// holds PATH.lock for 30 s, and what `change` throws.
void change_shared_file(const std::filesystem::path& path, const std::function<std::string(std::string)>& change,
                        const Disk& disk = Disk::real());

}  // namespace acedt
