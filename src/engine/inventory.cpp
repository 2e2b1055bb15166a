// Three sources say what earlier runs stored, in order of cost and trust: the ledger; archives that the ledger does not
// know, which are read once and then remembered; and, for archives that were carried away before they were ever
// remembered, the registry. A registry that cannot answer costs only space: the content is stored again. But if
// archives count on content that is damaged or gone for good, the run ends, as they would be incomplete on the other
// side.

#include "acedt/engine/inventory.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "acedt/archive/scan.hpp"
#include "acedt/async/crossing.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/engine/stored_content.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/plan/layout.hpp"
#include "acedt/sync/archive_name.hpp"

namespace acedt::engine {
namespace {

std::string name_of(const std::string& archive) {
  const auto parsed = sync::ArchiveName::parse_tracked(archive);
  return parsed ? parsed->name : archive;
}

/// Returns whether an archive of `artifact` may have been made with --platform, so that content is left out.
bool may_lack_platforms(const Artifact& artifact) {
  return std::ranges::any_of(artifact.graph.entries, [](const plan::Entry& entry) {
    return entry.document && entry.document->manifest.kind == oci::ContentKind::index;
  });
}

}  // namespace

sync::LedgerEntry read_unknown(const sync::FolderState& folder, const std::string& archive, const Log& log) {
  const auto path = folder.archive_path(archive);
  log.info("reading an archive that the ledger does not know", {{"archive", archive}});
  const archive::Scan scan = archive::scan(path, folder.disk());
  const auto is_tracked = [&] {
    return std::ranges::count(folder.tracker().rows(), archive, &sync::TrackerRow::sync_name) > 0;
  };
  if (!scan.problems.empty() && is_tracked())
    throw Error(ErrorKind::corrupt, path.string() + " is damaged: " + scan.problems.front())
        .hint(
            "restore it from a copy; or delete it and the archives that need it, as their index.json says, each with "
            "its row of the tracker");
  for (const std::string& problem : scan.problems) {
    log.warn(
        "an archive is damaged: the content that it lacks will be stored again, and batch-deserialize will stop at it",
        {{"archive", archive}, {"problem", problem}});
  }
  sync::LedgerEntry entry{archive, size_of(folder.disk(), path).value_or(Bytes{}), {}};
  entry.origin = origin_in(scan.index_json);
  for (const archive::Found& found : scan.contents) entry.blobs.push_back({found.digest, found.size, found.location});
  return entry;
}

std::optional<sync::Origin> origin_in(std::string_view index_json) {
  try {
    const oci::Manifest index = oci::Manifest::parse(oci::media_type::oci_index, index_json);
    if (index.manifests.empty()) return std::nullopt;
    const oci::Descriptor& root = index.manifests.front();
    const std::string_view artifact = oci::annotation_of(root.annotations, oci::annotation::ref_name);
    const std::string_view needs = oci::annotation_of(index.annotations, plan::needs_annotation);
    if (artifact.empty()) return std::nullopt;
    return sync::Origin{std::string(artifact), root.digest.text(),
                        needs.empty() ? std::vector<std::string>() : oci::parse_strings(needs),
                        std::string(oci::annotation_of(index.annotations, plan::platforms_annotation))};
  } catch (const Error&) {
    return std::nullopt;
  }
}

async::awaitable<void> Inventory::take(const std::vector<sync::BatchRow>& rows) {
  if (rows.empty()) co_return;  // the inventory would not be used
  for (const sync::BatchRow& row : rows)
    if (row.lost) known_.insert(row.lost->entry.archive);
  auto read = [this] {
    folder_.each_in_ledger([this](const sync::LedgerEntry& entry, Bytes) { add(entry); });
    return true;
  };
  co_await async::offload(runtime_.disk(), read);
  const std::vector<sync::LedgerEntry> found = co_await read_unknown();
  for (const sync::LedgerEntry& entry : found) add(entry);
  require_needed();
  if (scope_ != plan::DedupScope::none) co_await ask_registries(rows);
}

/// Throws if other archives need one that neither folder, tracker nor ledger knows: it cannot be rebuilt.
void Inventory::require_needed() const {
  const std::set<std::string_view> tracked = folder_.tracker().sync_names();
  for (const auto& [needed, dependent] : needed_) {
    if (known_.contains(needed) || tracked.contains(needed)) continue;
    throw Error(ErrorKind::corrupt, folder_.archive_path(needed).string() + " is gone, though it is needed by " +
                                        dependent + ": it cannot be rebuilt, as nothing is known about it")
        .hint("restore it from a copy; or delete the archives that need it, each with its row of the tracker");
  }
}

void Inventory::add(const sync::LedgerEntry& entry) {
  known_.insert(entry.archive);
  if (entry.origin)
    for (const std::string& needed : entry.origin->needs) needed_.emplace(needed, entry.archive);
  const bool there = is_there(folder_.disk(), folder_.archive_path(entry.archive));
  if (!there && scope_ == plan::DedupScope::none) return;  // no blob can be copied from it
  const auto archive = dedup_.add_archive(entry.archive, name_of(entry.archive));
  for (const sync::StoredBlob& blob : entry.blobs) {
    dedup_.add(archive, blob.digest, blob.size, there ? std::optional(blob.location) : std::nullopt);
  }
}

async::awaitable<std::vector<sync::LedgerEntry>> Inventory::read_unknown() {
  std::vector<sync::LedgerEntry> entries;
  for (const std::string& archive : folder_.unknown_archives()) {
    if (known_.contains(archive)) continue;
    auto read = [&] { return engine::read_unknown(folder_, archive, log_); };
    entries.push_back(co_await async::offload(runtime_.disk(), read));
  }
  if (entries.empty() || writable_ == nullptr) co_return entries;
  auto remember = [&] {
    writable_->remember(entries);
    return entries.size();
  };
  co_await async::offload(runtime_.disk(), remember);
  co_return entries;
}

async::awaitable<void> Inventory::ask_registries(const std::vector<sync::BatchRow>& rows) {
  std::set<std::string> names;
  for (const sync::BatchRow& row : rows) names.insert(row.name);
  for (const sync::TrackerRow& row : folder_.tracker().rows()) {
    const bool counts = scope_ == plan::DedupScope::folder || names.contains(name_of(row.sync_name));
    if (counts && !known_.contains(row.sync_name)) co_await ask_registry(row);
  }
}

async::awaitable<void> Inventory::ask_registry(sync::TrackerRow row) {
  std::string problem;
  try {
    sync::BatchRow recorded{name_of(row.sync_name), row.artifact};
    oci::Reference reference = oci::Reference::parse(row.artifact);
    reference.digest = oci::Digest::parse(row.digest);
    oci::PlatformFilter all;
    const Artifact artifact = co_await resolver_.resolve(0, std::move(recorded), std::move(reference), std::move(all));
    if (may_lack_platforms(artifact)) throw Error(ErrorKind::not_found, "it is not known which platforms it has");
    const auto archive = dedup_.add_archive(row.sync_name, name_of(row.sync_name));
    for (const auto& [descriptor, document] : artifact.graph.entries)
      dedup_.add(archive, descriptor.digest, descriptor.size, std::nullopt);
    co_return;
  } catch (const DamagedArchive&) {
    throw;
  } catch (const Error& error) {
    if (concerns_all(error.kind())) throw;
    problem = error.what();
  }
  log_.warn("the content of an archive that was carried away cannot be determined: it will be stored again",
            {{"archive", row.sync_name}, {"problem", problem}});
}

}  // namespace acedt::engine
