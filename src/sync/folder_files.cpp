#include "sync/folder_files.hpp"

#include <algorithm>
#include <span>

#include "acedt/base/text.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/files.hpp"

namespace acedt::sync {

ArchiveFiles archive_files(const std::filesystem::path& directory, const Disk& disk) {
  ArchiveFiles archives;
  for (const ListedFile& file : files_in(directory, disk)) {
    const auto name = ArchiveName::parse(file.name);
    if (!name) continue;
    ArchiveFile archive;
    const auto status = disk.status(directory / file.name);
    const bool is_file = status && status->type == std::filesystem::file_type::regular;
    if (is_file) {
      archive.size = status->size;
      if (archive.size > Bytes{}) archive.conflict = file.conflict();
    } else if (!file.parts.empty()) {
      for (const auto& [number, size] : file.parts) archive.size += size;
      archive.problems = part_problems(file.name, file.parts);
    } else {
      continue;
    }
    archives.emplace(std::pair(name->number, file.name), std::move(archive));
  }
  return archives;
}

std::filesystem::path ledger_in(const std::filesystem::path& directory) {
  return directory / ".ace-dt" / "ledger";
}

Bytes read_ledger(const File& file, const std::function<void(const LedgerEntry&, Bytes at)>& use) {
  LedgerParser parser(file.path().string());
  std::string piece(64 << 10, '\0');
  for (Bytes at;;) {
    const std::size_t size = file.read_at(at, std::as_writable_bytes(std::span(piece)));
    if (size == 0) return parser.whole();
    parser.feed(std::string_view(piece).substr(0, size));
    at += {size};
    const Bytes before = parser.whole();
    for (Bytes begin = before;; begin = parser.whole()) {
      const auto entry = parser.next();
      if (!entry) break;
      use(*entry, std::max(begin, Bytes{ledger_header.size()}));
    }
    if (parser.whole() == before) piece.resize(2 * piece.size());  // a long entry: parse it again less often
  }
}

Bytes read_ledger(const std::filesystem::path& path, const Disk& disk,
                  const std::function<void(const LedgerEntry&, Bytes at)>& use) {
  return read_ledger(File::open_or_create(path, disk), use);
}

std::string text_of(const std::filesystem::path& path, const Disk& disk) {
  return File::open_or_create(path, disk).text();
}

void put(const std::filesystem::path& path, Bytes at, std::string_view text, const Disk& disk) {
  const File file = File::open_or_create(path, disk);
  file.truncate(at);
  file.write_at(at, as_bytes(text));
  file.sync();
  const bool may_be_new = at == Bytes{};
  if (may_be_new) disk.sync_directory(path.parent_path());
}

}  // namespace acedt::sync
