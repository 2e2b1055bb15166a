#include "acedt/verify/checksums.hpp"

#include <map>
#include <utility>

#include "acedt/async/in_order.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/sync/csv.hpp"
#include "acedt/sync/files.hpp"

namespace acedt::verify {
namespace {

constexpr std::size_t portion = 1 << 20;

Checksum checksum_of(const std::filesystem::path& path, const Disk& disk) {
  const File file = File::open(path, disk);
  codec::Hasher hasher(oci::Algorithm::sha256);
  std::vector<std::byte> buffer(portion);
  Bytes size;
  for (std::size_t n = file.read_at({}, buffer); n > 0; n = file.read_at(size, buffer)) {
    hasher.update(std::span(buffer).first(n));
    size += {n};
  }
  return {path.filename().string(), size, hasher.finish().hex()};
}

}  // namespace

std::vector<Checksum> checksums_of(const std::filesystem::path& directory, std::span<const std::string> files,
                                   std::size_t threads, const Disk& disk) {
  std::vector<Checksum> checksums(files.size());
  async::in_order(files.size(), threads, files.size(), [&](std::size_t i) {
    checksums[i] = checksum_of(directory / files[i], disk);
    return nullptr;
  });
  return checksums;
}

std::string text_of(std::span<const Checksum> checksums) {
  std::string text = "filename,size,sha256\n";
  for (const auto& [file, size, sha256] : checksums) text += sync::csv_line({file, std::to_string(size.count), sha256});
  return text;
}

std::vector<Checksum> parse_checksums(std::string_view text, const std::string& file) {
  std::vector<Checksum> checksums;
  sync::CsvReader reader(text, file, {.comments = sync::Comments::whole_lines});
  while (const auto record = reader.next()) {
    const std::vector<std::string>& fields = record->fields;
    if (checksums.empty() && fields.front() == "filename") continue;
    const auto size = fields.size() == 3 ? to_number(fields[1]) : std::nullopt;
    std::array<std::byte, 32> raw{};
    if (!size || !from_hex(fields[2], raw))
      throw Error(ErrorKind::usage, "a row is not filename,size,sha256")
          .add(file + ":" + std::to_string(record->line))
          .hint(
              "write the file again where the archives are known to be good: `ace-dt mirror verify --checksums write`");
    checksums.push_back({fields[0], {*size}, fields[2]});
  }
  return checksums;
}

std::vector<Finding> compare(std::span<const Checksum> recorded, std::span<const Checksum> found,
                             const Assumed& assumed) {
  const std::string of(checksums_file);
  std::vector<Finding> findings;
  std::map<std::string_view, const Checksum*> known;
  for (const Checksum& one : recorded) known.insert_or_assign(one.file, &one);
  for (const Checksum& one : found) {
    const auto row = known.extract(one.file);
    if (row.empty()) {
      findings.push_back({Severity::note, one.file, of, "has no row for it"});
    } else if (*row.mapped() != one) {
      findings.push_back({Severity::damaged, one.file, of,
                          "lists " + std::to_string(row.mapped()->size.count) + " bytes and the SHA-256 " +
                              row.mapped()->sha256 + ", but the archive has " + std::to_string(one.size.count) +
                              " and " + one.sha256,
                          "copy the archive again"});
    }
  }
  for (const auto& [file, row] : known)
    if (!assumed.archives.contains(sync::archive_of(std::string(file))))
      findings.push_back({Severity::incomplete, std::string(file), of, "lists it, but it is not in the folder",
                          "carry it over, or name a record of what the other side already has with --assume"});
  return findings;
}

}  // namespace acedt::verify
