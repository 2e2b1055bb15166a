// A folder is checked in two stages. The first one reads the archives, several at a time, and adds them to the closures
// in the order of their numbers. It reads only the headers of a plain archive, but all of a compressed one. The second
// stage, for the full check, hashes the blobs of the plain archives in parallel, large ones first. Findings are made at
// the end, because only then is it known what is missing.
//
// A shard adds all archives to the closures, because its own may need any of them. It does no more than that with the
// archives of other shards, and spares itself the decoding of those that the ledger knows.

#include "acedt/verify/verify.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "acedt/archive/contents.hpp"
#include "acedt/async/in_order.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/closure/pass.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/files.hpp"
#include "acedt/sync/folder_view.hpp"
#include "verify/parts.hpp"

namespace acedt::verify {
namespace {

namespace fs = std::filesystem;
using codec::Compression;

/// A file to be checked.
struct Input {
  fs::path path;
  Examined archive;
  PartSizes parts = {};
  bool is_mine = true;                                        ///< not of another shard
  std::optional<std::vector<archive::Found>> in_ledger = {};  ///< the blobs of an archive of another shard
};

/// Returns whether findings about the folder itself belong here: the first shard has them.
bool reports_on_folder(const Options& options) {
  return !options.shard || options.shard->index == 1;
}

/// Checks archives that are given in the order of their numbers.
class Check {
 public:
  Check(std::vector<Input> inputs, const Options& options, const Disk& disk)
      : inputs_(std::move(inputs)), options_(options), disk_(disk), closures_(plan::random_seed()) {}

  Result run(const sync::FolderView* folder) {
    if (options_.shard && folder != nullptr) divide(*folder);
    async::in_order(inputs_.size(), options_.threads, 2 * options_.threads,
                    [this](std::size_t i) { return examine(i); });
    if (options_.full) hash_plain();
    return finish(folder);
  }

  Result run_stream(const archive::ReadInput& read) {
    closure::Pass pass(true);
    const archive::Contents contents = archive::read_stream(read, &pass);
    inputs_[0].archive.damage = pass.finish();
    add(0, contents, &pass);
    return finish(nullptr);
  }

 private:
  /// Finds the archives of this shard, and what the ledger knows about the others.
  void divide(const sync::FolderView& folder) {
    plan::Division division(options_.shard->count);
    std::map<std::string_view, Input*> others;
    for (Input& input : inputs_) {
      input.is_mine = division.next(input.archive.size) == options_.shard->index;
      if (!input.is_mine) others.emplace(input.archive.file, &input);
    }
    folder.each_in_ledger([&](const sync::LedgerEntry& entry) {
      const auto other = others.find(entry.archive);
      if (other == others.end()) return;
      other->second->in_ledger.reset();
      if (other->second->archive.size != entry.file_size) return;
      std::vector<archive::Found>& blobs = other->second->in_ledger.emplace();
      for (const sync::StoredBlob& blob : entry.blobs) blobs.push_back({blob.digest, blob.size, blob.location});
    });
  }

  /// Returns what a compressed archive of another shard contains, by the ledger and the first index.json. That has all
  /// manifests from which the others can be reached.
  archive::Contents contents_in_ledger(Input& input, Compression compression) const {
    const std::string index = archive::read_index(input.path, disk_);
    return {.compression = compression,
            .blobs = *std::exchange(input.in_ledger, std::nullopt),
            .first_index = index,
            .index_json = index,
            .size = input.archive.size};
  }

  /// Reads archive `i`. Returns what to do with the result once all archives before it are done.
  std::function<void()> examine(std::size_t i) {
    Examined& archive = inputs_[i].archive;
    if (!archive.conflict.empty() || !archive.lacking.empty()) return [this, i] { add_unread(i); };
    try {
      auto pass = std::make_shared<closure::Pass>(options_.full && inputs_[i].is_mine);
      const Compression compression = compression_of(inputs_[i].path);
      const bool is_plain = compression == Compression::none;
      if (!is_plain && inputs_[i].in_ledger) {
        auto known = std::make_shared<archive::Contents>(contents_in_ledger(inputs_[i], compression));
        return [this, i, known] { add(i, *known, nullptr); };
      }
      auto contents = std::make_shared<archive::Contents>(
          archive::read_contents(inputs_[i].path, disk_, is_plain ? nullptr : pass.get()));
      archive.damage = pass->finish();
      if (!contents->missing_part.empty()) {
        archive.lacking = {contents->missing_part + " is missing"};
        return [this, i] { add_unread(i); };
      }
      return [this, i, contents, pass, is_plain] { add(i, *contents, is_plain ? nullptr : pass.get()); };
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::storage && error.kind() != ErrorKind::not_found) throw;
      if (error.kind() == ErrorKind::storage) archive.unreadable = error.what();
      if (error.kind() == ErrorKind::not_found) archive.lacking = {error.what()};  // a part
      return [this, i] { add_unread(i); };
    }
  }

  Compression compression_of(const fs::path& path) const {
    const JoinedFile file = JoinedFile::open(path, disk_);
    std::array<std::byte, 4> first{};
    return codec::sniff(std::span(first).first(file.read_at({}, first)));
  }

  void add_unread(std::size_t i) {
    inputs_[i].archive.damage.clear();
    closures_.add(inputs_[i].archive.file, {}, {});
  }

  void add(std::size_t i, const archive::Contents& contents, const closure::Pass* pass) {
    Examined& archive = inputs_[i].archive;
    archive.size = contents.size;
    archive.problems = contents.problems;
    archive.warnings = contents.warnings;
    archive.after_end = contents.after_end;
    archive.blobs = contents.blobs.size();
    for (const archive::Found& blob : contents.blobs) archive.bytes += blob.size;
    const auto read = [&](std::size_t from, const archive::Found& found, std::string_view media_type) {
      if (pass != nullptr && from == i)
        if (auto links = pass->links(found.digest, media_type)) return *std::move(links);
      return closure::links_of(media_type, text_of(from, found));
    };
    archive.closure = closures_.add(archive.file, contents, read);
    archive.needs = needs_of(archive.closure);
    archive.manifests = static_cast<std::uint64_t>(std::ranges::count(archive.closure.is_manifest, true));
    archive.closure.manifests = {};  // may be large, and is not needed any more
    if (contents.compression == Compression::none && pass == nullptr && inputs_[i].is_mine) plain_.push_back(i);
  }

  /// Returns the needed archives, with those that are declared as needed if content is missing.
  std::vector<std::string> needs_of(const closure::Closure& closure) const {
    std::set<std::string> files;
    for (const std::size_t archive : closure.needs) files.insert(closures_.file(archive));
    if (!closure.missing.empty()) files.insert(closure.declared_needs.begin(), closure.declared_needs.end());
    return {files.begin(), files.end()};
  }

  std::string text_of(std::size_t archive, const archive::Found& found) const {
    if (inputs_[archive].path.empty()) throw Error(ErrorKind::bad_input, "not a manifest of the type that names it");
    try {
      return archive::read_blob(inputs_[archive].path, found, disk_);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::storage) throw;
      throw Error(ErrorKind::corrupt, error.what());
    }
  }

  std::span<const archive::Found> blobs_of(const Part& part) const {
    return closures_.blobs(part.archive).subspan(part.first, part.count);
  }

  void hash_plain() {
    std::vector<Part> parts;
    for (const std::size_t i : plain_) add_parts(parts, i, closures_.blobs(i));
    std::ranges::stable_sort(parts, std::ranges::greater(), &Part::size);
    async::in_order(parts.size(), options_.threads, parts.size(), [&](std::size_t number) {
      const Part& part = parts[number];
      return [this, &part, damage = damage_of(part)] {
        auto& all = inputs_[part.archive].archive.damage;
        all.insert(all.end(), damage.begin(), damage.end());
      };
    });
    for (const std::size_t i : plain_)
      std::ranges::sort(inputs_[i].archive.damage, {}, [](const closure::Fault& fault) { return *fault.digest; });
  }

  std::vector<closure::Fault> damage_of(const Part& part) const {
    try {
      return damage_in(inputs_[part.archive].path, blobs_of(part), disk_);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::storage) throw;
      return {{blobs_of(part).front().digest, error.what()}};
    }
  }

  Result finish(const sync::FolderView* folder) {
    Result result{.full = options_.full, .shard = options_.shard};
    Surroundings surroundings{closures_, options_.assumed};
    if (folder != nullptr) add_records(*folder, surroundings);
    for (const Input& input : inputs_) {
      const Examined& archive = input.archive;
      if (!archive.lacking.empty()) surroundings.lacking_parts.insert(archive.file);
      if (!archive.conflict.empty() || !archive.unreadable.empty() || !archive.problems.empty())
        surroundings.broken.insert(archive.file);
    }
    if (folder != nullptr) result.findings = about_numbers(surroundings);
    for (Input& input : inputs_) {
      if (!input.is_mine) continue;
      std::ranges::move(findings_of(input.archive, surroundings), std::back_inserter(result.findings));
      result.archives.push_back(std::move(input.archive));
    }
    return result;
  }

  std::vector<Finding> about_numbers(const Surroundings& surroundings) const {
    std::vector<Examined> all;
    std::set<std::string_view> others;
    for (const Input& input : inputs_) {
      all.push_back({.file = input.archive.file, .number = input.archive.number});
      if (!input.is_mine) others.insert(input.archive.file);
    }
    std::vector<Finding> findings = findings_about_numbers(all, surroundings.tracked);
    std::erase_if(findings, [&](const Finding& finding) {
      return finding.archive.empty() ? !reports_on_folder(options_) : others.contains(finding.archive);
    });
    return findings;
  }

  void add_records(const sync::FolderView& folder, Surroundings& surroundings) const {
    std::set<oci::Digest> missing;
    std::map<std::string, std::size_t> there;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      there.emplace(inputs_[i].archive.file, i);
      for (const closure::Missing& one : inputs_[i].archive.closure.missing) missing.insert(one.digest);
    }
    for (const sync::KnownArchive& known : folder.archives())
      if (known.row) surroundings.tracked.emplace(known.file, known.row->artifact);
    folder.each_in_ledger([&](const sync::LedgerEntry& entry) {
      if (const auto archive = there.find(entry.archive); archive != there.end())
        return compare_with_ledger(archive->second, entry, surroundings);
      for (const sync::StoredBlob& blob : entry.blobs)
        if (missing.contains(blob.digest)) surroundings.in_ledger.emplace(blob.digest, entry.archive);
    });
  }

  /// Notes what an archive lacks of its entry in the ledger: other shards believe that, and so does batch-serialize.
  void compare_with_ledger(std::size_t i, const sync::LedgerEntry& entry, Surroundings& surroundings) const {
    const Examined& archive = inputs_[i].archive;
    surroundings.only_in_ledger.erase(archive.file);  // an earlier entry does not count
    const bool is_whole = archive.conflict.empty() && archive.lacking.empty() && archive.unreadable.empty() &&
                          archive.problems.empty() && archive.size == entry.file_size;
    if (!inputs_[i].is_mine || !is_whole) return;
    std::set<oci::Digest> stored;
    for (const archive::Found& blob : closures_.blobs(i)) stored.insert(blob.digest);
    for (const sync::StoredBlob& blob : entry.blobs) {
      if (stored.contains(blob.digest)) continue;
      const auto [lacking, is_first] = surroundings.only_in_ledger.try_emplace(archive.file, Lacking{blob.digest});
      if (!is_first) ++lacking->second.count;
    }
  }

  std::vector<Input> inputs_;
  const Options& options_;
  const Disk& disk_;
  closure::Closures closures_;
  std::vector<std::size_t> plain_;  // archives whose blobs are not hashed yet
};

/// Returns the number in the name of an archive, such as "000001-tools.tar"; nullopt if the file is not an archive. As
/// in the reference, the number may have fewer digits, and the extension may be a different one.
std::optional<std::uint64_t> number_of(const std::string& file, const fs::path& path, const Disk& disk) {
  if (const auto name = sync::ArchiveName::parse_tracked(file)) return name->number;
  const auto number = to_number(std::string_view(file).substr(0, file.find('-')));
  if (!number || *number > sync::max_number || file.find('-') == std::string::npos) return std::nullopt;
  return archive::looks_like_archive(path, disk) ? number : std::nullopt;
}

/// Returns an archive that is in parts.
Input in_parts(const fs::path& directory, sync::ListedFile listed) {
  Input input{directory / listed.name,
              {.file = listed.name,
               .number = sync::ArchiveName::parse_tracked(listed.name)->number,
               .parts = listed.files(),
               .conflict = listed.conflict()}};
  for (const auto& [number, size] : listed.parts) input.archive.size += size;
  input.parts = std::move(listed.parts);
  return input;
}

/// Returns the archives of the folder, in the order of their numbers. Other files become findings.
std::vector<Input> archives_in(const fs::path& directory, const Disk& disk, std::vector<Finding>& findings) {
  std::vector<Input> inputs;
  std::vector<sync::ListedFile> names = sync::files_in(directory, disk);
  std::ranges::sort(names, {}, &sync::ListedFile::name);
  for (sync::ListedFile& listed : names) {
    const std::string& file = listed.name;
    if (!listed.parts.empty()) {
      inputs.push_back(in_parts(directory, std::move(listed)));
      continue;
    }
    const auto status = disk.status(directory / file);
    if (!status || file.starts_with('.') || file.ends_with(".csv")) continue;
    if (status->type == fs::file_type::directory) continue;
    const bool is_file = status->type == fs::file_type::regular;
    const auto number = is_file ? number_of(file, directory / file, disk) : std::nullopt;
    if (number)
      inputs.push_back({directory / file, {.file = file, .number = *number, .size = status->size}});
    else
      findings.push_back({Severity::note, "", file,
                          is_file ? "is not an archive: ignored" : "is not a regular file: ignored",
                          "move it away: the ace-dt written in Go stops at it"});
  }
  std::ranges::stable_sort(inputs, {}, [](const Input& input) { return input.archive.number; });
  return inputs;
}

}  // namespace

Result verify_folder(const fs::path& directory, const Options& options, const Disk& disk) {
  const sync::FolderView folder = sync::FolderView::read(directory, options.tracker_filename, disk);
  std::vector<Finding> findings;
  std::vector<Input> inputs = archives_in(directory, disk, findings);
  std::map<std::string, const sync::KnownArchive*> known;
  for (const sync::KnownArchive& archive : folder.archives()) known.emplace(archive.file, &archive);
  for (Input& input : inputs) {
    Examined& archive = input.archive;
    if (const auto found = known.find(archive.file); found != known.end()) archive.known = *found->second;
    const auto size = archive.known ? archive.known->recorded_size : std::nullopt;
    archive.lacking = part_problems(archive.file, input.parts, size);
  }
  Result result = Check(std::move(inputs), options, disk).run(&folder);
  if (reports_on_folder(options)) result.findings.insert(result.findings.begin(), findings.begin(), findings.end());
  return result;
}

Result verify_file(const fs::path& path, const Options& options, const Disk& disk) {
  const std::string file = path.filename().string();
  const auto name = sync::ArchiveName::parse_tracked(file);
  std::vector<Input> inputs;
  inputs.push_back({path, {.file = file, .number = name ? name->number : 0}});
  return Check(std::move(inputs), options, disk).run(nullptr);
}

Result verify_stream(const archive::ReadInput& read, const std::string& file, const Assumed& assumed) {
  std::vector<Input> inputs;
  inputs.push_back({{}, {.file = file}});
  const Options options{.full = true, .assumed = assumed};
  return Check(std::move(inputs), options, Disk::real()).run_stream(read);
}

}  // namespace acedt::verify
