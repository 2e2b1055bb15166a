#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/file.hpp"
#include "acedt/sync/ledger.hpp"

namespace acedt::sync {

// What Folder and FolderView, and the parts of Folder, share.

/// An archive of a folder.
struct ArchiveFile {
  Bytes size = {};
  std::vector<std::string> problems = {};  ///< of its parts; empty: it is a file, or all of its parts are there
  std::string conflict = {};               ///< see ListedFile
};

/// Archives by number and name.
using ArchiveFiles = std::map<std::pair<std::uint64_t, std::string>, ArchiveFile>;

/// Returns the archives in `directory`: regular files that are named as archives, and such that are in parts. An empty
/// file takes precedence over parts: it says that the archive is to be rebuilt.
ArchiveFiles archive_files(const std::filesystem::path& directory, const Disk& disk);

/// Returns the path of the ledger in `directory`.
std::filesystem::path ledger_in(const std::filesystem::path& directory);

/// Calls `use` with each complete entry of the ledger in `file`, and its offset. Returns the offset after the last
/// complete entry; 0 if the file does not start with a header. Throws Error(bad_input) if its version is unknown.
Bytes read_ledger(const File& file, const std::function<void(const LedgerEntry&, Bytes at)>& use);
/// The same for the ledger at `path`. Creates it if it is missing.
Bytes read_ledger(const std::filesystem::path& path, const Disk& disk,
                  const std::function<void(const LedgerEntry&, Bytes at)>& use);

/// Returns the content of the file. Creates it if it is missing, and fails early if it cannot be written.
std::string text_of(const std::filesystem::path& path, const Disk& disk);

/// Truncates the file to `at`, appends `text`, and waits until it is on disk. Creates the file if it is missing.
void put(const std::filesystem::path& path, Bytes at, std::string_view text, const Disk& disk);

}  // namespace acedt::sync
