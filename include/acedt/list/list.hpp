#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "acedt/base/disk.hpp"
#include "acedt/base/units.hpp"

namespace acedt::list {

/// One archive of a sync folder, for `mirror ls`.
struct Row {
  std::uint64_t number = 0;
  std::string name = {};
  std::string archive = {};        ///< file name
  std::string reference = {};      ///< as in the batch list; empty if unknown
  std::string digest = {};         ///< of the root manifest; empty if unknown
  std::optional<Bytes> size = {};  ///< of the file, or of its parts; unset if it is not in the folder, or not whole
  bool is_tracked = false;         ///< the tracker has it; else the next run stores its content again
  std::vector<std::string> needs = {};     ///< archives that have the blobs this one leaves out
  std::vector<std::string> problems = {};  ///< why it is not whole: parts that are missing
};

/// Returns the archives of a sync folder in the order of their numbers. Sources are the tracker, the ledger and, for
/// archives that the ledger does not know, their index.json. Takes no lock and writes nothing. Blocks on the disk.
/// Throws the errors of sync::FolderView::read(), and Error(storage) if an archive cannot be read.
std::vector<Row> rows_of(const std::filesystem::path& directory, const std::string& tracker_filename,
                         const Disk& disk = Disk::real());

/// Output format of the rows.
enum class Format { table, json, csv };

/// Returns `rows` as text that ends with a newline: a table for humans, one JSON array, or CSV (RFC 4180) with a
/// header. All have the same columns or keys: number, name, archive, reference, digest, size, tracked, needs.
std::string text_of(const std::vector<Row>& rows, Format format);

}  // namespace acedt::list
