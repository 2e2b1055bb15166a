#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "acedt/base/disk.hpp"
#include "acedt/base/file.hpp"
#include "acedt/sync/ledger.hpp"

namespace acedt::sync {

/// File names of archives with their sizes, by number and name.
using ArchiveFiles = std::map<std::pair<std::uint64_t, std::string>, Bytes>;

/// Returns the ordinary files in `directory` that have the name of an archive.
ArchiveFiles archive_files(const std::filesystem::path& directory, const Disk& disk);

std::filesystem::path ledger_in(const std::filesystem::path& directory);

/// Calls `use` with each whole entry of the ledger in `file`, and the offset where it begins. Returns the offset after
/// the last whole entry; 0 if the file does not begin with a header.
Bytes read_ledger(const File& file, const std::function<void(const LedgerEntry&, Bytes at)>& use);

}  // namespace acedt::sync
