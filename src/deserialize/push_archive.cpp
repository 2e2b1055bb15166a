// Pushes the content of one archive: blobs, then manifests by level, then the index of referrers if the registry keeps
// none, then tags. Manifests are always put. HEAD cannot prove that a manifest is there: some registries answer it for
// a blob with the same digest.

#include <algorithm>
#include <utility>

#include "acedt/async/crossing.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/problem.hpp"
#include "acedt/registry/pull.hpp"
#include "acedt/registry/push.hpp"
#include "deserialize/push.hpp"

namespace acedt::deserialize {
namespace {

constexpr Bytes max_held_blob = 1_MiB;  // larger ones are decoded while they are sent
constexpr Bytes max_held = 16_MiB;      // of all archives together

constexpr std::size_t max_puts = 16;  // manifests of an archive that are put at a time

Error in_archive(Error error, const std::string& archive) {
  error.add(archive);
  return error;
}

/// The content of a blob, which tells how much of it was read.
class Shown : public registry::BlobSource {
 public:
  Shown(registry::BlobSource& source, report::Transfers::Transfer& transfer) : source_(source), transfer_(transfer) {}
  async::awaitable<void> start(Bytes offset) override {
    transfer_.restart_at(offset);
    return source_.start(offset);
  }
  async::awaitable<std::span<const std::byte>> read() override {
    const std::span<const std::byte> piece = co_await source_.read();
    transfer_.add(piece.size());
    co_return piece;
  }

 private:
  registry::BlobSource& source_;
  report::Transfers::Transfer& transfer_;
};

/// A manifest that refers to another one by its `subject`.
struct Referring {
  oci::Digest subject;
  oci::Descriptor
      descriptor;  ///< for the list of referrers (OCI distribution-spec v1.1, "Pushing Manifests with Subject")
};

std::optional<Referring> referring_in(const oci::Descriptor& descriptor, const oci::Manifest& manifest) {
  if (!manifest.subject) return std::nullopt;
  oci::Descriptor listed{descriptor.media_type, descriptor.digest, descriptor.size};
  listed.annotations = manifest.annotations;
  listed.artifact_type = manifest.artifact_type;
  if (listed.artifact_type.empty() && manifest.config) listed.artifact_type = manifest.config->media_type;
  return Referring{manifest.subject->digest, std::move(listed)};
}

/// A registry refused an index because it lacks manifests that the archive leaves out. Sending blobs again does not
/// help.
class PartialIndex : public Error {
 public:
  explicit PartialIndex(const Error& error) : Error(error) {}
};

/// Throws PartialIndex if `manifest`, which a registry refused with `error`, is an index of which the archive leaves
/// manifests out.
void throw_if_partial(const ArchivePlan& plan, const oci::Manifest& manifest, const Error& error) {
  const auto is_left_out = [&](const oci::Descriptor& child) { return plan.left_out.contains(child.digest); };
  const auto count = std::ranges::count_if(manifest.manifests, is_left_out);
  if (count == 0) return;
  Error refused(ErrorKind::bad_input, std::string(error.what()) + "; this index is kept whole, but " +
                                          std::to_string(count) + " of its manifests were left out with --platform " +
                                          plan.platforms);
  throw PartialIndex(refused.hint(
      "push to a registry that accepts indexes without some of their manifests (see docs/registries.md), or mirror "
      "all platforms, or mirror the manifest of one platform by its digest"));
}

}  // namespace

async::awaitable<void> Push::push_batch(Batch batch) {
  const bool is_single = batch.end - batch.first == 1;
  if (is_single) {
    const archive::Found& found = batch.archive->plan.blobs[batch.first].found;
    co_await push_blob(*batch.archive, batch.first, batch.archive->content->source(found));
    co_return;
  }
  auto body = [this, batch](async::TaskGroup& group) { return push_decoded(batch, group); };
  co_await async::with_group(std::move(body));
}

/// Pushes the blobs of one frame, which is decoded once: small blobs from memory and concurrently, large ones while
/// they are decoded.
async::awaitable<void> Push::push_decoded(Batch batch, async::TaskGroup& group) {
  Archive& archive = *batch.archive;
  const std::shared_ptr<Cursor> cursor = archive.content->cursor();
  for (std::size_t i = batch.first; i < batch.end && !archive.failure; ++i) {
    if (is_vouched(archive, i)) continue;
    const archive::Found& found = archive.plan.blobs[i].found;
    if (found.size > max_held_blob) {
      co_await push_blob(archive, i, Content::source(found, cursor));
      continue;
    }
    while (held_ + found.size > max_held && held_ > Bytes{}) co_await room_.wait();
    auto read = [&found, &cursor] { return read_whole(found, *cursor); };
    try {
      std::string bytes = co_await async::offload(runtime_.disk(), read);
      held_ += found.size;
      group.spawn(push_held(archive, i, std::move(bytes)));
    } catch (const Error& error) {
      fail(archive, std::make_exception_ptr(in_archive(error, archive.plan.file)));
    }
  }
  co_await group.join();
}

async::awaitable<void> Push::push_held(Archive& archive, std::size_t blob, std::string bytes) {
  co_await push_blob(archive, blob, Content::source(std::move(bytes)));
  held_ = held_ - archive.plan.blobs[blob].found.size;
  room_.wake_all();
}

/// Pushes one blob, and counts it. A blob that several archives have is pushed once: if two archives reach it at the
/// same time, the second one waits for the first.
async::awaitable<void> Push::push_blob(Archive& archive, std::size_t blob,
                                       std::shared_ptr<registry::BlobSource> source) {
  const ArchivePlan::Blob& planned = archive.plan.blobs[blob];
  std::exception_ptr failure;
  try {
    if (!archive.failure && !planned.is_shared)
      count(archive, blob, co_await send_blob(archive, planned.found, std::move(source)));
    if (!archive.failure && planned.is_shared) {
      auto claim = co_await claims_.claim(planned.found.digest);
      if (claim.done() != nullptr) {
        count(archive, blob, Outcome::was_there);
      } else {
        count(archive, blob, co_await send_blob(archive, planned.found, std::move(source)));
        claim.finish(true);
      }
    }
  } catch (const engine::Dropped&) {
    failure = std::current_exception();
  } catch (const Error& error) {
    failure = std::make_exception_ptr(in_archive(error, archive.plan.file));
  }
  --archive.pending_blobs;
  if (failure) fail(archive, failure);
  archive.changed.wake_all();
}

/// Call before a blob that counted as there is pushed after all.
void Push::uncount(const Archive& archive, std::size_t blob) {
  const Bytes size = archive.plan.blobs[blob].found.size;
  counters_.bytes_stored -= size.count;
  counters_.bytes_recovered -= size.count;
}

void Push::count(Archive& archive, std::size_t blob, Outcome outcome) {
  const Bytes size = archive.plan.blobs[blob].found.size;
  if (!settings_.shard.empty()) present_.push_back(archive.plan.blobs[blob].found.digest);
  counters_.bytes_stored += size.count;
  if (outcome == Outcome::was_there) {
    counters_.bytes_recovered += size.count;
    archive.there.push_back(blob);
    return;
  }
  ++archive.pushed.blobs;
  archive.pushed.sent += size;
}

async::awaitable<Push::Outcome> Push::send_blob(Archive& archive, archive::Found blob,
                                                std::shared_ptr<registry::BlobSource> source, bool is_asked) {
  const bool dry_run = settings_.options.dry_run;
  const auto mounting = mounting_.find(archive.plan.mount_from);
  const bool may_mount = is_asked && mounting != mounting_.end();
  const registry::Repository& target = may_mount ? mounting->second : repository_;
  auto request = [this, &target, blob, source = std::move(source), is_asked, dry_run,
                  &file = archive.plan.file](registry::Transport& transport) -> async::awaitable<Outcome> {
    bool is_there = false;
    if (is_asked) is_there = co_await registry::has_blob(transport, target, blob.digest, blob.size);
    if (is_there) co_return Outcome::was_there;
    if (dry_run) co_return Outcome::sent;
    report::Transfers::Transfer transfer(counters_.transfers, file, blob.digest, blob.size);
    Shown shown(*source, transfer);
    const bool is_sent = co_await registry::push_blob(transport, target, blob.digest, blob.size, shown);
    co_return is_sent ? Outcome::sent : Outcome::was_there;
  };
  co_return co_await ask<Outcome>(archive, std::move(request));
}

/// For --dry-run: counts the manifests that would be put.
void Push::count_manifests(Archive& archive) {
  for (const ArchivePlan::Manifest& manifest : archive.plan.manifests) {
    if (!put_.insert(manifest.descriptor.digest).second) continue;
    ++archive.pushed.manifests;
    archive.pushed.sent += manifest.descriptor.size;
  }
}

async::awaitable<void> Push::push_content(Archive& archive) {
  const std::set<std::size_t>& others = archive.plan.completed_by;
  bool may_wait = !others.empty() && *others.rbegin() > row_of(archive);
  for (bool is_partial = false;; is_partial = false) {
    try {
      co_await push_manifests(archive);
      co_return;
    } catch (const PartialIndex&) {
      if (!std::exchange(may_wait, false)) throw;
      is_partial = true;
    } catch (const registry::ContentMissing&) {
      if (archive.vouched.empty() && archive.there.empty()) throw;
    }
    if (is_partial) {
      co_await let_later_go_first(archive);
    } else if (archive.vouched.empty()) {
      co_await send_what_was_there(archive);
    } else {
      co_await push_vouched(archive);
    }
  }
}

/// Waits for the manifests of later archives that have what this one leaves out. Meanwhile it does not count as open,
/// as they must be opened, and it does not keep them waiting: they may need its blobs, which are at the destination.
async::awaitable<void> Push::let_later_go_first(Archive& archive) {
  archive.has_manifests = true;
  archive.content.reset();
  --open_;
  archive.changed.wake_all();
  room_.wake_all();
  for (const std::size_t index : archive.plan.completed_by) {
    Archive& other = *archives_[index];
    while (!other.has_manifests && !other.has_ended && index < end_) co_await other.changed.wait();
  }
  ++open_;  // though it may be one too many: later archives wait for the tags of this one
  archive.content.emplace(archive.plan.path, archive.plan.compression);
}

/// The registry lacks content that shards vouch for: it may have discarded blobs without a manifest. Asks for each
/// blob, and sends what is missing.
async::awaitable<void> Push::push_vouched(Archive& archive) {
  trusts_shards_ = false;  // for archives that are not open yet
  const std::vector<std::size_t> blobs = std::exchange(archive.vouched, {});
  archive.pending_blobs += blobs.size();
  for (const std::size_t blob : blobs) uncount(archive, blob);
  std::size_t next = 0;
  const auto push = [&]() -> async::awaitable<void> {
    while (next < blobs.size()) {
      const std::size_t blob = blobs[next++];
      co_await push_blob(archive, blob, archive.content->source(archive.plan.blobs[blob].found));
    }
  };
  auto body = [&](async::TaskGroup& group) -> async::awaitable<void> {
    for (std::size_t i = 0; i < std::min(max_puts, blobs.size()); ++i) group.spawn(push());
    co_await group.join();
  };
  co_await async::with_group(std::move(body));
  if (archive.failure) std::rethrow_exception(archive.failure);
}

/// Some registries say that they have a blob, and then refuse the manifest because they do not.
async::awaitable<void> Push::send_what_was_there(Archive& archive) {
  for (const std::size_t blob : std::exchange(archive.there, {})) {
    const archive::Found& found = archive.plan.blobs[blob].found;
    uncount(archive, blob);
    co_await send_blob(archive, found, archive.content->source(found), false);
    count(archive, blob, Outcome::sent);
  }
}

async::awaitable<void> Push::push_manifests(Archive& archive) {
  const std::vector<ArchivePlan::Manifest>& manifests = archive.plan.manifests;
  for (std::size_t first = 0; first < manifests.size();) {
    // One level, or as much of it as fits in memory.
    std::size_t end = first;
    Bytes size = {};
    while (end < manifests.size() && manifests[end].level == manifests[first].level &&
           (end == first || size + manifests[end].descriptor.size <= max_held)) {
      size += manifests[end++].descriptor.size;
    }
    co_await push_level(archive, std::span(manifests).subspan(first, end - first));
    first = end;
  }
}

async::awaitable<void> Push::push_level(Archive& archive, std::span<const ArchivePlan::Manifest> manifests) {
  auto read = [&archive, manifests] { return read_manifests(*archive.content, manifests); };
  std::vector<std::string> texts;
  try {
    texts = co_await async::offload(runtime_.disk(), read);
  } catch (Error& error) {
    error.add(archive.plan.file);
    throw;
  }
  std::size_t next = 0;
  const auto put = [&]() -> async::awaitable<void> {
    while (next < manifests.size()) {
      const std::size_t i = next++;
      co_await push_manifest(archive, manifests[i].descriptor, std::move(texts[i]));
    }
  };
  auto body = [&](async::TaskGroup& group) -> async::awaitable<void> {
    for (std::size_t i = 0; i < std::min(max_puts, manifests.size()); ++i) group.spawn(put());
    co_await group.join();
  };
  co_await async::with_group(std::move(body));
}

async::awaitable<void> Push::push_manifest(Archive& archive, oci::Descriptor descriptor, std::string text) {
  const Bytes size{text.size()};
  if (put_.contains(descriptor.digest)) {  // an earlier archive put it
    counters_.bytes_stored += size.count;
    counters_.bytes_recovered += size.count;
    co_return;
  }
  const oci::Manifest manifest = oci::Manifest::parse(descriptor.media_type, text);
  const std::optional<Referring> referring = referring_in(descriptor, manifest);
  const std::string selector = descriptor.digest.text();
  auto request = [this, selector, descriptor, text = std::move(text)](registry::Transport& transport) {
    return registry::push_manifest(transport, repository_, selector, descriptor, text);
  };
  bool has_api = false;
  try {
    has_api = co_await ask<bool>(archive, std::move(request));
  } catch (const registry::ContentMissing& error) {
    throw_if_partial(archive.plan, manifest, error);
    throw;
  }
  put_.insert(descriptor.digest);
  ++archive.pushed.manifests;
  archive.pushed.sent += size;
  counters_.bytes_stored += size.count;
  has_referrers_api_ = has_referrers_api_ || has_api;
  if (referring && !has_api) archive.referrers[referring->subject].push_back(referring->descriptor);
}

/// Adds referrers to the index under the referrers tag of their subject, if the registry has no referrers API. One at a
/// time, because two archives may have referrers of the same subject.
async::awaitable<void> Push::put_referrers(Archive& archive) {
  const bool has_api = has_referrers_api_ || repository_.referrers == registry::ReferrersSupport::api;
  if (has_api && repository_.referrers != registry::ReferrersSupport::tag) co_return;
  for (const auto& [subject, referrers] : archive.referrers) {
    while (is_listing_referrers_) co_await room_.wait();
    is_listing_referrers_ = true;
    std::exception_ptr failure;
    try {
      auto request = [this, subject = subject,
                      referrers = referrers](registry::Transport& transport) -> async::awaitable<bool> {
        co_await registry::add_to_referrers_tag(transport, repository_, subject, referrers);
        co_return true;
      };
      co_await ask<bool>(archive, std::move(request));
    } catch (...) {
      failure = std::current_exception();
    }
    is_listing_referrers_ = false;
    room_.wake_all();
    if (failure) std::rethrow_exception(failure);
  }
}

async::awaitable<void> Push::put_tags(Archive& archive) {
  // In order, so that each tag ends at the last one.
  for (Archive* const previous : archive.previous_with_tag)
    while (!previous->has_ended) co_await previous->changed.wait();
  for (const ArchivePlan::Tag& other : archive.plan.other_tags) co_await put_tag(archive, other.tag, other.digest);
  if (!archive.plan.tag.empty()) co_await put_tag(archive, archive.plan.tag, archive.plan.root.digest);
}

async::awaitable<void> Push::put_tag(Archive& archive, std::string tag, oci::Digest digest) {
  auto find = [this, tag](registry::Transport& transport) {
    return registry::find_manifest(transport, repository_, tag);
  };
  const auto found = co_await ask<std::optional<oci::Descriptor>>(archive, std::move(find));
  if (found && found->digest == digest) co_return;  // some registries refuse to put a tag that exists
  const bool is_main = tag == archive.plan.tag;
  if (found && is_of_later(archive.plan, tag, found->digest)) {
    if (is_main) archive.pushed.kept_at = found->digest;
    co_return;
  }
  if (found && settings_.options.no_clobber)
    throw Error(ErrorKind::bad_input, archive.plan.artifact + ": the tag " + tag + " points to " +
                                          found->digest.text() + ", not to " + digest.text())
        .hint("use another tag, or omit --no-clobber");
  if (found && is_main) archive.pushed.moved_from = found->digest;
  if (settings_.options.dry_run) co_return;
  std::string before;
  if (found) before = co_await fetch(archive, *found);
  const auto& manifests = archive.plan.manifests;
  const auto manifest = std::ranges::find(manifests, digest, [](const auto& one) { return one.descriptor.digest; });
  auto read = [&archive, &manifest] { return read_manifests(*archive.content, std::span(&*manifest, 1)).front(); };
  std::string text = co_await async::offload(runtime_.disk(), read);
  auto request = [this, tag, descriptor = manifest->descriptor,
                  text = std::move(text)](registry::Transport& transport) {
    return registry::push_manifest(transport, repository_, tag, descriptor, text);
  };
  co_await ask<bool>(archive, std::move(request));
  if (found) co_await keep(archive, *found, std::move(before));
}

async::awaitable<std::string> Push::fetch(Archive& archive, oci::Descriptor descriptor) {
  auto request = [this, descriptor](registry::Transport& transport) {
    return registry::fetch_manifest(transport, repository_, descriptor);
  };
  co_return co_await ask<std::string>(archive, std::move(request));
}

/// Puts a manifest that has lost its tag again if it is gone: zot drops a manifest with its last tag. It may be the
/// root of an earlier archive, which users may pull by its digest.
async::awaitable<void> Push::keep(Archive& archive, oci::Descriptor descriptor, std::string text) {
  const bool is_kept = co_await is_there(archive, descriptor);
  if (is_kept) co_return;
  const std::string selector = descriptor.digest.text();
  auto request = [this, selector, descriptor, text = std::move(text)](registry::Transport& transport) {
    return registry::push_manifest(transport, repository_, selector, descriptor, text);
  };
  co_await ask<bool>(archive, std::move(request));
}

}  // namespace acedt::deserialize
