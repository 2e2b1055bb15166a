// The reference takes every file for an archive, and stops at the first one that is not. This program ignores files
// that are not named like archives, and says so before anything is sent.

#include "deserialize/folder.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <memory>

#include "acedt/archive/contents.hpp"
#include "acedt/archive/scan.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/sync/files.hpp"

namespace acedt::deserialize {
namespace {

namespace fs = std::filesystem;

/// Returns whether `text` is a tag (OCI distribution-spec v1.1, "Pulling manifests").
bool is_tag(std::string_view text) {
  constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  constexpr std::string_view others = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  constexpr std::size_t max_size = 128;
  return !text.empty() && text.size() <= max_size && first.find(text.front()) != std::string_view::npos &&
         text.find_first_not_of(others) == std::string_view::npos;
}

std::string tag_for(const std::string& name, const BatchOptions& options) {
  const auto given = options.tag_as.find(name);
  const std::string tag = given == options.tag_as.end() ? name : given->second;
  if (options.no_tag || tag.empty() || is_tag(tag)) return options.no_tag ? "" : tag;
  throw Error(ErrorKind::usage, in_quotes(tag) + " cannot be a tag").hint("choose one with --tag-as " + name + "=TAG");
}

/// Returns the name of an archive; nullopt for another file. As in the reference, the extension may be another one: it
/// is all after the first dot. A file that is being copied may look like an archive before it is one.
std::optional<sync::ArchiveName> name_of(const std::string& file, const fs::path& path, const Disk& disk) {
  if (auto name = sync::ArchiveName::parse_tracked(file)) return name;
  const std::string_view stem = std::string_view(file).substr(0, file.find('.'));
  const std::size_t dash = std::min(stem.find('-'), stem.size());
  const auto number = to_number(stem.substr(0, dash));
  const bool is_name = number && *number <= sync::max_number && dash + 1 < stem.size();
  if (!is_name || file.ends_with(".partial") || !archive::looks_like_archive(path, disk)) return std::nullopt;
  return sync::ArchiveName{*number, std::string(stem.substr(dash + 1))};
}

/// Returns the root digest of an archive; nullopt if its first index.json cannot be read.
std::optional<oci::Digest> root_of(const fs::path& archive) {
  try {
    const auto index = oci::Manifest::parse(oci::media_type::oci_index, archive::read_index(archive));
    if (!index.manifests.empty()) return index.manifests.front().digest;
  } catch (const Error&) {
    // The archive is read again when it is planned, and the error is reported then.
  }
  return std::nullopt;
}

bool is_wanted(const std::string& file, const std::vector<std::string>& only) {
  const auto matches = [&](const std::string& glob) { return ::fnmatch(glob.c_str(), file.c_str(), 0) == 0; };
  return only.empty() || std::ranges::any_of(only, matches);
}

/// A pattern without a match is a slip: all else would look as if it were pushed.
void require_matches(const std::vector<std::string>& only, const std::vector<FolderNames::File>& archives) {
  for (const std::string& glob : only) {
    const auto matches = [&](const FolderNames::File& one) { return is_wanted(one.file, {glob}); };
    if (std::ranges::any_of(archives, matches)) continue;
    throw Error(ErrorKind::usage, "--only: no archive has a name like " + in_quotes(glob))
        .hint("patterns are of whole file names, such as \"*-tools.tar\"");
  }
}

void require_one_of_each_number(const std::vector<FolderNames::File>& archives) {
  for (std::size_t i = 1; i < archives.size(); ++i) {
    if (archives[i - 1].name.number != archives[i].name.number) continue;
    throw Error(ErrorKind::usage, archives[i - 1].file + " and " + archives[i].file + " have the same number")
        .hint("remove the one that does not belong to the folder, or push it alone with `ace-dt mirror deserialize`");
  }
}

}  // namespace

FolderNames names_in(const BatchOptions& options, const Disk& disk) {
  const auto status = disk.status(options.sync_directory);
  if (!status || status->type != fs::file_type::directory)
    throw Error(ErrorKind::usage, "no such folder: " + options.sync_directory.string())
        .hint("give the folder with the archives first, then the destination; mirror deserialize pushes one archive");
  FolderNames names;
  for (const sync::ListedFile& listed : sync::files_in(options.sync_directory, disk)) {
    const std::string& file = listed.name;
    if (const std::string conflict = listed.conflict(); !conflict.empty())
      throw Error(ErrorKind::usage, conflict).hint("move one of them away, the file or all of its parts");
    const bool is_in_parts = !listed.parts.empty();
    const auto of_file = disk.status(options.sync_directory / file);
    const bool is_file = is_in_parts || (of_file && of_file->type != fs::file_type::directory);
    if (!is_file || file.starts_with('.') || file.ends_with(".csv")) continue;
    const bool is_regular = of_file && of_file->type == fs::file_type::regular;
    const auto name =
        is_regular ? name_of(file, options.sync_directory / file, disk) : sync::ArchiveName::parse_tracked(file);
    if (!name || name->number == 0) {
      names.ignored.push_back(file);
      continue;
    }
    names.archives.push_back({*name, file, tag_for(name->name, options), is_wanted(file, options.only),
                              root_of(options.sync_directory / file)});
  }
  std::ranges::sort(names.archives, {},
                    [](const FolderNames::File& one) { return std::pair(one.name.number, one.file); });
  std::ranges::sort(names.ignored);
  require_one_of_each_number(names.archives);
  require_matches(options.only, names.archives);
  return names;
}

Source source_of(const FolderNames::File& file, const BatchOptions& options) {
  const std::string& tag = file.tag.empty() ? file.name.name : file.tag;
  return {options.sync_directory / file.file, file.file, {options.destination + ":" + tag, file.tag}};
}

void add_folder_tags(std::vector<ArchivePlan>& plans, const FolderNames& names) {
  const auto tags = std::make_shared<FolderTags>();  // one for all, as there may be many archives
  auto plan = plans.begin();
  for (std::size_t i = 0; i < names.archives.size(); ++i) {
    const FolderNames::File& archive = names.archives[i];
    if (archive.root && !archive.tag.empty()) (*tags)[{archive.tag, *archive.root}] = i;
    if (plan == plans.end() || plan->file != archive.file) continue;
    for (const ArchivePlan::Tag& other : plan->other_tags) (*tags)[{other.tag, other.digest}] = i;
    plan->place = i;
    (plan++)->tags = tags;
  }
}

oci::Reference parse_destination(const std::string& destination) {
  const std::size_t slash = destination.rfind('/');
  const std::string_view last = std::string_view(destination).substr(slash == std::string::npos ? 0 : slash + 1);
  if (destination.empty() || last.find_first_of(":@") != std::string_view::npos)
    throw Error(ErrorKind::usage,
                "DESTINATION: got " + in_quotes(destination) + ", want REGISTRY/REPOSITORY without a tag")
        .hint("write host[:port]/repository: each archive NNN-NAME gets the tag NAME");
  return oci::Reference::parse(destination);
}

}  // namespace acedt::deserialize
