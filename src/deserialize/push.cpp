// The order of a push. Lanes, one for each connection, take blobs in the order of the archives, so that archives are
// completed one after another. In addition, each archive has a coroutine. It waits for the blobs of the archive and for
// the archives that it needs, then pushes manifests, referrers and tags. Rows are recorded in the order of the
// archives.
//
// Without keep_going, the first archive that fails ends the push: archives before it are finished, those after it are
// abandoned. With keep_going, only the archives that need a failed one fail as well.

#include "deserialize/push.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "acedt/async/crossing.hpp"
#include "acedt/async/timeout.hpp"
#include "acedt/base/error.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/pull.hpp"
#include "acedt/registry/push.hpp"

namespace acedt::deserialize {
namespace {

constexpr std::size_t max_questions = 64;  // at a time, about content that the folder lacks
constexpr std::size_t sample_size = 64;    // of the blobs that shards vouch for

}  // namespace

Push::Push(const Settings& settings, const std::vector<ArchivePlan>& plans, Record record, async::Runtime& runtime,
           report::Observer& observer)
    : settings_(settings),
      plans_(plans),
      record_(std::move(record)),
      runtime_(runtime),
      observer_(observer),
      network_(runtime, settings.options.engine, settings.limits, observer, counters_,
               [](const std::string&, http::Quota) {}),
      end_(plans.size()),
      room_(runtime.control()),
      claims_(runtime.control()) {
  std::map<std::string, Archive*> last_with_tag;
  for (const ArchivePlan& plan : plans) {
    archives_.push_back(std::make_unique<Archive>(plan, runtime.control()));
    archives_.back()->pending_blobs = plan.blobs.size();
    archives_.back()->pushed.is_planned_only = settings.options.dry_run;
    archives_.back()->pushed.shard = settings.shard;
    counters_.bytes_planned += size_of(plan).count;
    const auto note_tag = [&](const std::string& tag) {
      const auto [last, is_new] = last_with_tag.try_emplace(tag, archives_.back().get());
      Archive* const previous = std::exchange(last->second, archives_.back().get());
      if (!is_new && previous != last->second) last->second->previous_with_tag.push_back(previous);
    };
    if (!plan.tag.empty()) note_tag(plan.tag);
    for (const ArchivePlan::Tag& other : plan.other_tags) note_tag(other.tag);
  }
}

async::awaitable<void> Push::run() {
  auto spawn = [this](async::TaskGroup& group) { group.spawn(push_all(group)); };
  co_await network_.run(std::move(spawn));
  if (failure_) std::rethrow_exception(failure_);
}

async::awaitable<void> Push::push_all(async::TaskGroup& group) {
  repository_ = co_await network_.registries().open_for_push(settings_.destination);
  if (!settings_.options.dry_run && !archives_.empty()) {
    auto request = [this](registry::Transport& transport) -> async::awaitable<bool> {
      co_await registry::require_push(transport, repository_);
      co_return true;
    };
    co_await ask<bool>(*archives_.front(), std::move(request));
    co_await open_for_mounts();
  }
  co_await check_shards();
  co_await require_elsewhere();
  if (!settings_.options.dry_run) co_await require_media_types();
  for (unsigned i = 0; i < settings_.limits.connections; ++i) group.spawn(lane(group));
  co_await report_in_order();
  group.cancel();  // nothing is left to do for the others
}

async::awaitable<void> Push::open_for_mounts() {
  for (const ArchivePlan& plan : plans_) {
    if (plan.mount_from.empty() || mounting_.contains(plan.mount_from)) continue;
    auto repository = co_await network_.registries().open_for_mounts(settings_.destination, plan.mount_from);
    mounting_.emplace(plan.mount_from, std::move(repository));
  }
}

/// Decides whether to trust the shards. They pushed some time ago: since then, the registry may have been emptied, or
/// may have discarded blobs without a manifest. Some registries accept manifests all the same. So all depends on a
/// sample.
async::awaitable<void> Push::check_shards() {
  std::vector<std::pair<Archive*, std::size_t>> vouched;
  for (const auto& archive : archives_)
    for (std::size_t i = 0; i < archive->plan.blobs.size(); ++i)
      if (archive->plan.blobs[i].is_vouched) vouched.emplace_back(archive.get(), i);
  const std::size_t size = std::min(sample_size, vouched.size());
  std::vector<ArchivePlan::Elsewhere> sample;
  for (std::size_t i = 0; i < size; ++i) {
    const auto& [archive, blob] = vouched[i * vouched.size() / size];
    const archive::Found& found = archive->plan.blobs[blob].found;
    sample.push_back({{"", found.digest, found.size}, ""});
  }
  std::vector<Question> questions;
  for (const ArchivePlan::Elsewhere& content : sample) questions.push_back({archives_.front().get(), &content});
  const std::set<oci::Digest> missing = co_await missing_among(questions);
  trusts_shards_ = missing.empty();
  if (trusts_shards_) co_return;
  report::tell(observer_, report::Warning{"the destination lacks blobs that shards have pushed, such as " +
                                          missing.begin()->text() + ": it is asked for each of them"});
}

/// Asks the destination for content that the folder lacks. If the destination lacks it too, the archives that need it
/// fail: the first digest is in the error, the others are warnings. Without keep_going, nothing is pushed then.
async::awaitable<void> Push::require_elsewhere() {
  std::vector<Question> questions;
  for (const auto& archive : archives_)
    for (const ArchivePlan::Elsewhere& content : archive->plan.elsewhere)
      questions.push_back({archive.get(), &content});
  const std::set<oci::Digest> missing = co_await missing_among(questions);
  for (const auto& [archive, content] : questions) {
    if (!missing.contains(content->descriptor.digest)) continue;
    const std::string lacks = content->descriptor.digest.text() + " (" + content->wanted_by + ")";
    if (archive->failure) {
      report::tell(observer_, report::Warning{archive->plan.file + " also needs " + lacks});
      continue;
    }
    Error error(ErrorKind::not_found, archive->plan.file + " needs " + lacks +
                                          ", which neither the archives to push nor the destination have");
    error.hint(
        "push the archives that have it as well, with --ignore-record if they are in the record; `mirror verify` names "
        "those that are missing here");
    archive->failure = std::make_exception_ptr(error);
  }
  refuse_failed();
}

/// Ends the push if archives have failed before the first blob was sent. Not with keep_going.
void Push::refuse_failed() {
  if (settings_.keep_going) return;
  const auto first = std::ranges::find_if(archives_, [](const auto& archive) { return archive->failure != nullptr; });
  if (first == archives_.end()) return;
  for (const auto& archive : archives_)
    if (archive->failure) report_failure(*archive);
  std::rethrow_exception((*first)->failure);
}

/// Offers the smallest manifest of each of docker's types, which some registries refuse. So they say it before the
/// blobs are sent.
async::awaitable<void> Push::require_media_types() {
  std::map<std::string, std::pair<Archive*, const ArchivePlan::Manifest*>> smallest;
  for (const auto& archive : archives_) {
    for (const ArchivePlan::Manifest& manifest : archive->plan.manifests) {
      if (archive->failure || !oci::is_docker(manifest.descriptor.media_type)) continue;
      auto& chosen = smallest[manifest.descriptor.media_type];
      if (chosen.second == nullptr || manifest.descriptor.size < chosen.second->descriptor.size)
        chosen = {archive.get(), &manifest};
    }
  }
  for (const auto& [media_type, chosen] : smallest) co_await offer(*chosen.first, *chosen.second);
  refuse_failed();
}

/// If the registry refuses the media type of `manifest`, fails all archives that have manifests of it. If it cannot be
/// offered, fails its archive.
async::awaitable<void> Push::offer(Archive& archive, const ArchivePlan::Manifest& manifest) {
  std::optional<Error> failure;
  std::string text;
  try {
    auto read = [&] {
      return read_manifests(Content(archive.plan.path, archive.plan.compression), std::span(&manifest, 1)).front();
    };
    text = co_await async::offload(runtime_.disk(), read);
    auto request = [&](registry::Transport& transport) -> async::awaitable<bool> {
      co_await registry::require_media_type(transport, repository_, manifest.descriptor, text);
      co_return true;
    };
    co_await ask<bool>(archive, std::move(request));
  } catch (const Error& error) {
    failure = error;
  }
  if (!failure) co_return;
  const bool is_refused = !text.empty() && failure->kind() == ErrorKind::bad_input;
  const auto has_type = [&](const ArchivePlan::Manifest& one) {
    return one.descriptor.media_type == manifest.descriptor.media_type;
  };
  for (const auto& other : archives_) {
    const bool is_meant =
        other.get() == &archive || (is_refused && std::ranges::any_of(other->plan.manifests, has_type));
    if (is_meant && !other->failure) other->failure = std::make_exception_ptr(Error(*failure).add(other->plan.file));
  }
}

async::awaitable<std::set<oci::Digest>> Push::missing_among(const std::vector<Question>& questions) {
  std::set<oci::Digest> asked;
  std::set<oci::Digest> missing;
  std::size_t next = 0;
  const auto answer = [&]() -> async::awaitable<void> {
    while (next < questions.size()) {
      const Question question = questions[next++];
      const oci::Descriptor& wanted = question.content->descriptor;
      if (!asked.insert(wanted.digest).second) continue;
      const bool found = co_await is_there(*question.archive, wanted);
      if (!found) missing.insert(wanted.digest);
    }
  };
  auto body = [&](async::TaskGroup& group) -> async::awaitable<void> {
    for (std::size_t i = 0; i < std::min(max_questions, questions.size()); ++i) group.spawn(answer());
    co_await group.join();
  };
  co_await async::with_group(std::move(body));
  co_return missing;
}

async::awaitable<bool> Push::is_there(const Archive& archive, oci::Descriptor wanted) {
  const std::string digest = wanted.digest.text();
  if (oci::is_manifest(wanted.media_type)) {
    auto request = [this, digest](registry::Transport& transport) {
      return registry::find_manifest(transport, repository_, digest);
    };
    const auto found = co_await ask<std::optional<oci::Descriptor>>(archive, std::move(request));
    co_return found.has_value();
  }
  auto request = [this, wanted](registry::Transport& transport) {
    return registry::has_blob(transport, repository_, wanted.digest, wanted.size);
  };
  co_return co_await ask<bool>(archive, std::move(request));
}

async::awaitable<void> Push::lane(async::TaskGroup& group) {
  for (;;) {
    const std::optional<Batch> batch = co_await next_batch(group);
    if (!batch) co_return;
    co_await push_batch(*batch);
  }
}

/// Returns the next blobs to push; nullopt after the last one. Waits while the limit on open archives is reached.
async::awaitable<std::optional<Push::Batch>> Push::next_batch(async::TaskGroup& group) {
  for (;;) {
    if (current_ >= end_) co_return std::nullopt;
    Archive& archive = *archives_[current_];
    if (archive.failure) {
      if (!archive.is_open) settle(archive);
      ++current_;
      continue;
    }
    if (!archive.is_open && open_ >= settings_.max_open_archives) {
      co_await room_.wait();
      continue;
    }
    if (!archive.is_open) open(archive, group);
    const std::vector<ArchivePlan::Blob>& blobs = archive.plan.blobs;
    while (archive.next_blob < blobs.size() && is_vouched(archive, archive.next_blob)) ++archive.next_blob;
    if (archive.failure || archive.next_blob == blobs.size()) {
      ++current_;
      continue;
    }
    Batch batch{&archive, archive.next_blob, archive.next_blob + 1};
    const auto frame = blobs[batch.first].found.location.frame;
    const bool is_decoded = archive.plan.compression != codec::Compression::none;
    while (is_decoded && batch.end < blobs.size() && blobs[batch.end].found.location.frame == frame) ++batch.end;
    archive.next_blob = batch.end;
    co_return batch;
  }
}

void Push::open(Archive& archive, async::TaskGroup& group) {
  ++open_;
  archive.is_open = true;
  take_vouched(archive);
  try {
    archive.content.emplace(archive.plan.path, archive.plan.compression);
  } catch (const Error&) {
    fail(archive, std::current_exception());
  }
  group.spawn(finish(archive));
}

/// Counts the blobs that shards vouch for as pushed, if they are trusted.
void Push::take_vouched(Archive& archive) {
  archive.trusts_shards = trusts_shards_;
  for (std::size_t i = 0; i < archive.plan.blobs.size(); ++i) {
    if (!is_vouched(archive, i)) continue;
    archive.vouched.push_back(i);
    --archive.pending_blobs;
    counters_.bytes_stored += archive.plan.blobs[i].found.size.count;
    counters_.bytes_recovered += archive.plan.blobs[i].found.size.count;
  }
}

async::awaitable<void> Push::finish(Archive& archive) {
  std::exception_ptr failure;
  try {
    co_await wait_for_content(archive);
    co_await push_the_rest(archive);
  } catch (const engine::Dropped&) {
    failure = std::current_exception();
  } catch (const Error&) {
    failure = std::current_exception();
  }
  if (failure) fail(archive, failure);
  --open_;
  settle(archive);
}

/// Pushes what follows the blobs: manifests, referrers and tags.
async::awaitable<void> Push::push_the_rest(Archive& archive) {
  try {
    if (settings_.options.dry_run) {
      count_manifests(archive);
    } else {
      co_await push_content(archive);
    }
    archive.has_manifests = true;
    archive.changed.wake_all();
    if (!settings_.options.dry_run) co_await put_referrers(archive);
    co_await put_tags(archive);
  } catch (Error& error) {
    if (!archive.failure) error.add(archive.plan.file);  // failures of blobs name it already
    throw;
  }
}

/// Ends an archive, whether it is pushed or has failed.
void Push::settle(Archive& archive) {
  archive.content.reset();
  archive.has_ended = true;
  archive.changed.wake_all();
  room_.wake_all();
}

/// Waits for the blobs of the archive, and for the manifests of those that it needs. Also waits for earlier archives
/// that have manifests which this one leaves out, as some registries want them first; but it does not need those.
async::awaitable<void> Push::wait_for_content(Archive& archive) {
  while (archive.pending_blobs > 0 && !archive.failure) co_await archive.changed.wait();
  if (archive.failure) std::rethrow_exception(archive.failure);
  for (const std::size_t index : archive.plan.needs) {
    Archive& needed = *archives_[index];
    while (!needed.has_manifests && !needed.has_ended) co_await needed.changed.wait();
    if (needed.has_manifests) continue;
    throw Error(ErrorKind::not_found, archive.plan.file + " needs " + needed.plan.file + ", which failed")
        .hint("see what is said about that archive, and run the same command again");
  }
  for (const std::size_t index : archive.plan.completed_by) {
    if (index > row_of(archive)) break;
    Archive& other = *archives_[index];
    while (!other.has_manifests && !other.has_ended) co_await other.changed.wait();
  }
}

void Push::fail(Archive& archive, const std::exception_ptr& failure) {
  if (!archive.failure) archive.failure = failure;
  archive.changed.wake_all();
  if (settings_.keep_going || row_of(archive) >= end_) return;
  // The archives after it are abandoned.
  end_ = row_of(archive) + 1;
  network_.workers().drop_from(end_);
  for (std::size_t i = end_; i < archives_.size(); ++i) {
    if (!archives_[i]->failure) archives_[i]->failure = std::make_exception_ptr(engine::Dropped());
    archives_[i]->changed.wake_all();
  }
  room_.wake_all();
}

std::uint64_t Push::row_of(const Archive& archive) const {
  return static_cast<std::uint64_t>(&archive.plan - plans_.data());
}

/// Recording a row takes a sync of the disk, which may take longer than pushing a small archive. So all archives that
/// ended during one sync share the next one.
async::awaitable<void> Push::report_in_order() {
  for (std::size_t i = 0; i < end_;) {
    while (!archives_[i]->has_ended && i < end_) co_await archives_[i]->changed.wait();
    std::size_t end = i;
    while (end < end_ && archives_[end]->has_ended && !archives_[end]->failure) ++end;
    if (end > i) {
      co_await report_pushed(i, end);
      i = end;
    } else if (i < end_) {
      report_failed(*archives_[i++]);
    }
  }
}

async::awaitable<void> Push::report_pushed(std::size_t first, std::size_t end) {
  if (!settings_.options.dry_run) {
    std::vector<const ArchivePlan*> pushed;
    for (std::size_t i = first; i < end; ++i) pushed.push_back(&archives_[i]->plan);
    auto write = [this, pushed = std::move(pushed)] {
      record_(pushed);
      return true;
    };
    co_await async::offload(runtime_.disk(), write);
  }
  for (std::size_t i = first; i < end; ++i) {
    Archive& archive = *archives_[i];
    archive.is_reported = true;
    ++pushed_;
    archive.pushed.there = archive.there.size() + archive.vouched.size();
    report::tell(observer_, archive.pushed);
  }
}

/// Ends the push after this failure, unless it continues with the archives that do not need this one.
void Push::report_failed(Archive& archive) {
  report_failure(archive);
  if (settings_.keep_going && !engine::concerns_all(failed_.back().kind)) return;
  failure_ = archive.failure;
  end_ = std::min<std::size_t>(end_, row_of(archive) + 1);
}

/// `archive` must have failed with an Error.
void Push::report_failure(Archive& archive) {
  archive.is_reported = true;
  failed_.push_back(engine::problem_of(archive.failure));
  report::tell(observer_, report::PushFailed{archive.plan.file, archive.plan.artifact, failed_.back()});
}

report::PushFinished Push::finished() const {
  report::PushFinished result;
  result.archives = pushed_;
  result.failed = failed_.size();
  result.sent = {counters_.bytes_sent};
  result.requests = counters_.requests;
  result.is_planned_only = settings_.options.dry_run;
  return result;
}

std::vector<std::string> Push::left() const {
  std::vector<std::string> files;
  for (const auto& archive : archives_)
    if (!archive->is_reported) files.push_back(archive->plan.file);
  return files;
}

}  // namespace acedt::deserialize
