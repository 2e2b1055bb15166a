// A setting is declared once. Flag, key, --help, `ace-dt config` and the table in docs/settings.md follow from the
// declaration.

#include "cli/archive_settings.hpp"

#include <algorithm>
#include <cctype>

#include "acedt/cli/settings.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view section = "Archives";

constexpr Choices<codec::Compression, 3> compressions = {
    {{"zstd", codec::Compression::zstd}, {"gzip", codec::Compression::gzip}, {"none", codec::Compression::none}}};

constexpr Choices<plan::DedupScope, 3> scopes = {
    {{"folder", plan::DedupScope::folder}, {"name", plan::DedupScope::name}, {"none", plan::DedupScope::none}}};

/// Depends on the compression, which is set before it. In the configuration file, a level applies only to runs that
/// compress, and a word such as "normal" only to commands of the reference.
void set_level(Values& values, const Given& given) {
  constexpr unsigned max_level = 19;  // of all compressions
  const codec::Compression compression = values.serialize.compression;
  if (given.origin == Given::Origin::file) {
    if (std::ranges::all_of(given.text(), [](unsigned char c) { return std::isalpha(c) != 0; })) return;
    number_within(given, 1, max_level);
    if (compression == codec::Compression::none) return;
  }
  if (compression == codec::Compression::none)
    throw Error(ErrorKind::usage, given.name() + " without --compression")
        .hint("add --compression zstd or --compression gzip, or omit the level");
  const codec::LevelRange levels = codec::level_range(compression);
  values.serialize.compression_level =
      static_cast<int>(number_within(given, static_cast<unsigned>(levels.min), static_cast<unsigned>(levels.max),
                                     " for " + choice_texts(compression, compressions).front()));
}

constexpr Setting compression = {
    .section = section,
    .flag = {"--compression", "KIND",
             "zstd, gzip or none. Each 4 MiB of tar is a frame of its own; any zstd or gzip can read the file", false,
             "zstd gzip none"},
    .key = "compression",
    .set = [](Values& values, const Given& given) { values.serialize.compression = parse_choice(given, compressions); },
    .texts = [](const Values& values) { return choice_texts(values.serialize.compression, compressions); },
};

constexpr Setting compression_level = {
    .section = section,
    .flag = {"--compression-level", "N", "zstd 1 to 19, gzip 1 to 12"},
    .key = "compressionLevel",
    .unset = "zstd 9, gzip 7",
    .example = "9",
    .set = set_level,
    .texts =
        [](const Values& values) {
          const auto& level = values.serialize.compression_level;
          return level ? std::vector{std::to_string(*level)} : std::vector<std::string>();
        },
};

constexpr Setting manifest_json = {
    .section = section,
    .flag = {"--manifest-json", "", "Add docker's manifest.json, for the images that have a source annotation"},
    .key = "manifestJson",
    .set = [](Values& values, const Given& given) { values.serialize.manifest_json = parse_switch(given); },
    .texts = [](const Values& values) { return switch_texts(values.serialize.manifest_json); },
};

/// "all" is for a flag that is to override a configuration file.
void set_platforms(Values& values, const Given& given) {
  std::string joined;
  for (const std::string& text : given.texts) joined.append(joined.empty() ? "" : ",").append(text);
  try {
    values.serialize.platforms = joined == "all" ? oci::PlatformFilter() : oci::PlatformFilter::parse(joined);
  } catch (Error& error) {
    error.add(given.name());
    throw;
  }
}

constexpr Setting platform = {
    .section = section,
    .flag = {"--platform", "PLATFORM",
             "Of an image index, take only the images for this platform: os/arch[/variant]; may be repeated", true},
    .key = "platform",
    .unset = "all",
    .example = "linux/amd64",
    .set = set_platforms,
    .texts = [](const Values& values) { return values.serialize.platforms.texts(); },
};

constexpr Setting dedup = {
    .section = section,
    .flag = {"--dedup", "SCOPE",
             "Which blobs are not stored again: those of all earlier archives (folder), or of earlier archives of the "
             "same name (name); none: each archive is complete",
             false, "folder name none"},
    .key = "dedup",
    .set = [](Values& values, const Given& given) { values.serialize.dedup = parse_choice(given, scopes); },
    .texts = [](const Values& values) { return choice_texts(values.serialize.dedup, scopes); },
};

constexpr Setting split = {
    .section = section,
    .flag =
        {"--split", "SIZE",
         "Divide a larger archive into files of SIZE, NAME.001, NAME.002 and so on, which cat joins. FAT needs less "
         "than 4GiB, such as 4GB"},
    .key = "split",
    .unset = "no limit",
    .example = "4GB",
    .set =
        [](Values& values, const Given& given) {
          constexpr Bytes min_size = 64_KiB;
          const Bytes size = parse_size(given);
          if (size < min_size)
            throw not_wanted(given, "a size of 64KiB or more, such as 4GB",
                             "name the size of the largest file that fits, such as 4GB for FAT or 700MB for a CD");
          values.serialize.split = size;
        },
    .texts =
        [](const Values& values) {
          const auto& size = values.serialize.split;
          return size ? std::vector{exact(*size)} : std::vector<std::string>();
        },
};

}  // namespace

constinit const Setting keep_going = {
    .section = section,
    .flag = {"--keep-going", "",
             "Continue after artifacts or archives that fail, and report them at the end: exit status 3"},
    .key = "keepGoing",
    .set = [](Values& values, const Given& given) { values.serialize.keep_going = parse_switch(given); },
    .texts = [](const Values& values) { return switch_texts(values.serialize.keep_going); },
};

constinit const Setting check_tags = {
    .section = section,
    .flag = {"--check-tags", "",
             "Ask for the digest of artifacts that are in the tracker, and archive those whose tag has moved"},
    .key = "checkTags",
    .set = [](Values& values, const Given& given) { values.serialize.check_tags = parse_switch(given); },
    .texts = [](const Values& values) { return switch_texts(values.serialize.check_tags); },
};

constinit const Setting tracker_filename = {
    .section = section,
    .flag = {"--tracker-filename", "NAME", "The tracker: a file in the sync folder, or in a sub-folder that exists"},
    .key = "trackerFilename",
    .set = [](Values& values, const Given& given) { values.serialize.tracker_filename = given.text(); },
    .texts = [](const Values& values) { return std::vector{values.serialize.tracker_filename}; },
};

constinit const Setting recursive = {
    .section = section,
    .flag = {"-r,--recursive", "",
             "Include referrers (signatures, attestations, SBOMs), and their referrers: from the referrers API or the "
             "tag schema, and from cosign's tags"},
    .key = "recursive",
    .set = [](Values& values, const Given& given) { values.serialize.recursive = parse_switch(given); },
    .texts = [](const Values& values) { return switch_texts(values.serialize.recursive); },
};

const std::vector<const Setting*>& archive_settings() {
  static const std::vector<const Setting*> settings = {
      &recursive, &platform, &tracker_filename, &compression, &compression_level, &manifest_json,
      &dedup,     &split,    &check_tags,       &keep_going};
  return settings;
}

}  // namespace acedt::cli
