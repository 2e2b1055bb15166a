#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/closure/closure.hpp"
#include "acedt/sync/folder_view.hpp"
#include "acedt/verify/assume.hpp"

namespace acedt::verify {

enum class Severity {
  note,        ///< worth knowing; the archives can be used
  incomplete,  ///< content is missing
  damaged,     ///< content is not what it should be
};
/// Returns "note", "incomplete" or "damaged".
std::string_view name(Severity severity);

/// Something that a user should know about a folder or an archive.
struct Finding {
  Severity severity = Severity::note;
  std::string archive = {};  ///< file; empty if it concerns the folder
  std::string subject = {};  ///< the digest, or the other file, that it is about; may be empty
  std::string what;
  std::string remedy = {};  ///< what to do; may be empty

  bool operator==(const Finding&) const = default;
};

/// What was found out about one archive.
struct Examined {
  std::string file;
  std::uint64_t number = 0;                ///< 0 if its name has none
  Bytes size = {};                         ///< of the file, or of the parts that are there
  std::vector<std::string> parts = {};     ///< file names, if it is in parts
  std::string conflict = {};               ///< sync::ListedFile::conflict(); if not empty, it was not read
  std::vector<std::string> lacking = {};   ///< what is wrong with its parts; if not empty, its content does not count
  std::string unreadable = {};             ///< why the file could not be read; empty if it could
  std::vector<std::string> problems = {};  ///< of archive::Contents
  std::vector<std::string> warnings = {};  ///< of archive::Contents
  Bytes after_end = {};                    ///< of archive::Contents
  std::uint64_t blobs = 0;                 ///< with manifests
  Bytes bytes = {};                        ///< of them
  std::uint64_t manifests = 0;
  closure::Closure closure = {};                 ///< without the manifests
  std::vector<std::string> needs = {};           ///< archives with the content that it leaves out, present or not
  std::vector<closure::Fault> damage = {};       ///< blobs with wrong bytes
  std::optional<sync::KnownArchive> known = {};  ///< what tracker and ledger say about it
};

/// Content that an archive lacks.
struct Lacking {
  oci::Digest first;
  std::size_t count = 1;
};

/// What findings_of() knows besides the archive itself.
struct Surroundings {
  const closure::Closures& closures;
  const Assumed& assumed;
  std::map<oci::Digest, std::string> in_ledger = {};   ///< missing content -> the absent archive that has it
  std::map<std::string, std::string> tracked = {};     ///< archives of the tracker -> artifacts
  std::set<std::string> broken = {};                   ///< archives that are damaged or cannot be read
  std::set<std::string> lacking_parts = {};            ///< archives whose content does not count
  std::map<std::string, Lacking> only_in_ledger = {};  ///< archive -> content that it lacks, but has in the ledger
};

/// Returns what is wrong with an archive, and what it lacks. Pure.
std::vector<Finding> findings_of(const Examined& archive, const Surroundings& surroundings);

/// Returns findings about the numbers of `archives`, which are in the order of their numbers: duplicates, the number 0
/// and gaps. Also returns which archives of the tracker are not among them. Pure.
std::vector<Finding> findings_about_numbers(std::span<const Examined> archives,
                                            const std::map<std::string, std::string>& tracked);

}  // namespace acedt::verify
