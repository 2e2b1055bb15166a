#include "acedt/sync/files.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/sync/archive_name.hpp"

namespace acedt::sync {
namespace {

/// Returns what the part of an archive is called; unset for another file.
std::optional<PartName> part_of_archive(const std::string& file) {
  auto part = PartName::parse(file);
  const bool is_part = part && ArchiveName::parse_tracked(part->file);
  return is_part ? std::move(part) : std::nullopt;
}

}  // namespace

std::vector<std::string> ListedFile::files() const {
  std::vector<std::string> files;
  for (const auto& [number, size] : parts) files.push_back(part_path(name, number).string());
  if (files.empty()) files.push_back(name);
  return files;
}

std::string ListedFile::conflict() const {
  if (!is_there || parts.empty()) return "";
  return name + " and " + files().front() + " are both there: it is unknown which one counts";
}

std::vector<ListedFile> files_in(const std::filesystem::path& directory, const Disk& disk) {
  std::vector<ListedFile> files;
  std::map<std::string, PartSizes> divided;
  for (std::string& name : disk.list(directory)) {
    const auto part = part_of_archive(name);
    const auto status = part ? disk.status(directory / name) : std::nullopt;
    if (status && status->type == std::filesystem::file_type::regular) {
      divided[part->file].emplace(part->number, status->size);
    } else {
      files.push_back({.name = std::move(name)});
    }
  }
  for (ListedFile& file : files)
    if (auto parts = divided.extract(file.name)) file.parts = std::move(parts.mapped());
  for (auto& [name, parts] : divided) files.push_back({name, false, std::move(parts)});
  return files;
}

std::string archive_of(const std::string& file) {
  const auto part = part_of_archive(file);
  return part ? part->file : file;
}

std::filesystem::path joined_path(const std::filesystem::path& file, const Disk& disk) {
  const auto part = PartName::parse(file.filename().string());
  constexpr std::array kinds = {codec::Compression::none, codec::Compression::gzip, codec::Compression::zstd};
  const auto ends_in = [&](codec::Compression kind) { return part->file.ends_with(codec::extension(kind)); };
  if (!part || std::ranges::none_of(kinds, ends_in)) return file;
  std::filesystem::path joined = file.parent_path() / part->file;
  if (!disk.exists(joined)) return joined;
  throw Error(ErrorKind::usage, joined.string() + " and " + file.filename().string() + " are both there")
      .hint("name the first one, or move it away");
}

}  // namespace acedt::sync
