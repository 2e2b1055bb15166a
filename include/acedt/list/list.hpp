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
  std::string archive = {};             ///< file name
  std::string reference = {};           ///< as the batch list had it; empty if it is not known
  std::string digest = {};              ///< of the root manifest; empty if it is not known
  std::optional<Bytes> size = {};       ///< of the file; unset if it is not in the folder
  bool is_tracked = false;              ///< the tracker has it; else its content is stored again under another number
  std::vector<std::string> needs = {};  ///< archives that have blobs which this one leaves out
};

/// Returns the archives of a sync folder in the order of their numbers, from the tracker, the ledger and, for archives
/// that the ledger does not know, from their index.json. Takes no lock and writes nothing. Blocks on the disk. Throws
/// what sync::FolderView::read() throws, and Error(storage) if an archive cannot be read.
std::vector<Row> rows_of(const std::filesystem::path& directory, const std::string& tracker_filename,
                         const Disk& disk = Disk::real());

/// How rows are shown.
enum class Format { table, json, csv };

/// Returns `rows` as text that ends with a line end: a table for people, one JSON array, or CSV (RFC 4180) with a
/// header. Columns and keys are the same in each: number, name, archive, reference, digest, size, tracked, needs.
std::string text_of(const std::vector<Row>& rows, Format format);

}  // namespace acedt::list
