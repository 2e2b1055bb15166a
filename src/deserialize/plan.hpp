#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "acedt/archive/scan.hpp"
#include "acedt/base/error.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/oci/descriptor.hpp"
#include "deserialize/content.hpp"

namespace acedt::deserialize {

/// The tags that the archives of a folder give: to each tag and digest, the place of the last archive that gives it.
using FolderTags = std::map<std::pair<std::string, oci::Digest>, std::size_t>;

/// What to push of one archive.
struct ArchivePlan {
  struct Manifest {
    oci::Descriptor descriptor;  ///< media type, digest and size
    tar::Location location = {};
    std::size_t level = 0;  ///< above the levels of all manifests that it refers to
  };
  struct Blob {
    archive::Found found;
    bool is_shared = false;   ///< another archive of this push has it as well
    bool is_vouched = false;  ///< a shard says that the destination has it
  };
  /// A tag of a manifest that is not the root, such as cosign's.
  struct Tag {
    std::string tag;
    oci::Digest digest;
  };
  /// Content that the archive names, and that neither it nor an earlier archive has.
  struct Elsewhere {
    oci::Descriptor descriptor;
    std::string wanted_by;  ///< for people: the manifest that names it
  };

  std::string file;  ///< "000001-tools.tar"
  std::filesystem::path path;
  codec::Compression compression = codec::Compression::none;
  std::string artifact;  ///< "registry.example/mirror:tools", as the record has it
  std::string tag;       ///< of the root; empty: none
  oci::Descriptor root;
  std::vector<Manifest> manifests = {};  ///< by level
  std::vector<Blob> blobs = {};          ///< in the order of the file
  std::vector<Tag> other_tags = {};
  std::vector<oci::Descriptor> sources = {};  ///< the manifests that index.json lists, for --map-out
  std::vector<std::size_t> needs = {};        ///< indexes of earlier plans that have content which it leaves out
  std::vector<Elsewhere> elsewhere = {};      ///< what no plan up to this one has; the destination must have it
  std::set<oci::Digest> left_out = {};        ///< children of its indexes that it leaves out
  std::string platforms = {};                 ///< for which it was made, if it leaves out any
  std::set<std::size_t> completed_by = {};    ///< indexes of other plans that have some of these
  std::string mount_from = {};                ///< another repository of the registry that has the blobs; empty: none
  std::size_t place = 0;                      ///< among the archives of the folder
  std::shared_ptr<const FolderTags> tags = std::make_shared<FolderTags>();  ///< of that folder
};

/// Returns whether an archive of the folder that comes after the one of `plan` puts `tag` on `digest`.
bool is_of_later(const ArchivePlan& plan, const std::string& tag, const oci::Digest& digest);

/// Returns the size of all manifests and blobs.
Bytes size_of(const ArchivePlan& plan);

/// Where an archive goes.
struct Destination {
  std::string artifact;
  std::string tag;
};

/// An archive to push.
struct Source {
  std::filesystem::path path;
  std::string file;  ///< its name, for people and the record
  Destination destination;
};

/// Called while archives are planned.
struct PlanEvents {
  std::function<void(const ArchivePlan&)> planned;
  /// The archive is damaged, or needs one that failed. If this throws, planning ends; otherwise it continues without
  /// the archive.
  std::function<void(const Source&, const Error&)> failed;
  /// What is unusual about an archive. An Error that this throws counts as a failure of the archive.
  std::function<void(const Source&, const std::string&)> warn;
};

/// Reads `sources`, which are in the order of their numbers, and returns what to push of each: all content that its
/// index.json names and that it stores. Reads several at a time. Blocks on the disk. Throws what `events` throws, and
/// Error(internal) if no thread can be started.
std::vector<ArchivePlan> plan_archives(std::span<const Source> sources, const PlanEvents& events,
                                       const Disk& disk = Disk::real());

/// Returns the bytes of `manifests` of one archive, in their order. Decodes a compressed archive once. Blocks. Throws
/// Error(corrupt) if one does not match its digest.
std::vector<std::string> read_manifests(const Content& content, std::span<const ArchivePlan::Manifest> manifests);

}  // namespace acedt::deserialize
