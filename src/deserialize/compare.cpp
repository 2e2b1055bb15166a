// Questions are collected first, each digest once, and then asked by one coroutine for each connection. An answer
// counts for all archives that have the digest.

#include "acedt/deserialize/compare.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "acedt/async/crossing.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/base/error.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/engine/inputs.hpp"
#include "acedt/engine/network.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/registry/pull.hpp"
#include "acedt/registry/push.hpp"
#include "acedt/registry/referrers.hpp"
#include "deserialize/folder.hpp"
#include "deserialize/plan.hpp"

namespace acedt::deserialize {
namespace {

using namespace std::string_literals;
using Difference = Compared::Difference;

/// Returns the referrers in an archive, by subject.
std::map<oci::Digest, std::set<oci::Digest>> referrers_in(const ArchivePlan& plan) {
  std::map<oci::Digest, std::set<oci::Digest>> referrers;
  const Content content(plan.path, plan.compression);
  constexpr std::size_t at_once = 16;  // manifests in memory
  for (std::size_t first = 0; first < plan.manifests.size(); first += at_once) {
    const auto some = std::span(plan.manifests).subspan(first, std::min(at_once, plan.manifests.size() - first));
    const std::vector<std::string> texts = read_manifests(content, some);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const oci::Descriptor& descriptor = some[i].descriptor;
      const oci::Manifest manifest = oci::Manifest::parse(descriptor.media_type, texts[i]);
      if (manifest.subject) referrers[manifest.subject->digest].insert(descriptor.digest);
    }
  }
  return referrers;
}

class Comparison {
 public:
  Comparison(const BatchOptions& options, const std::vector<ArchivePlan>& plans, async::Runtime& runtime,
             report::Observer& observer, const engine::Inputs& inputs)
      : options_(options),
        plans_(plans),
        runtime_(runtime),
        network_(runtime, options.push.engine, inputs.limits(), observer, counters_,
                 [](const std::string&, http::Quota) {}),
        connections_(inputs.files.connections) {}

  async::awaitable<void> run() {
    auto spawn = [this](async::TaskGroup& group) { group.spawn(ask_all(group)); };
    co_await network_.run(std::move(spawn));
  }

  std::vector<Compared> results() const {
    std::vector<Compared> results;
    for (std::size_t i = 0; i < plans_.size(); ++i) results.push_back(result(i));
    return results;
  }

 private:
  using Question = std::function<async::awaitable<void>()>;
  using Key = std::pair<oci::Digest, bool>;  // true: named as a manifest

  async::awaitable<void> ask_all(async::TaskGroup& group) {
    repository_ = co_await network_.registries().open_for_push(parse_destination(options_.destination));
    for (std::size_t i = 0; i < plans_.size(); ++i) co_await add_questions(i);
    auto lanes = [this](async::TaskGroup& of_lanes) -> async::awaitable<void> {
      for (std::size_t i = 0; i < std::min<std::size_t>(connections_, questions_.size()); ++i) of_lanes.spawn(lane());
      co_await of_lanes.join();
    };
    co_await async::with_group(std::move(lanes));
    group.cancel();
  }

  async::awaitable<void> lane() {
    while (next_ < questions_.size()) {
      const Question question = std::move(questions_[next_++]);
      co_await question();
    }
  }

  async::awaitable<void> add_questions(std::size_t i) {
    const ArchivePlan& plan = plans_[i];
    for (const ArchivePlan::Manifest& manifest : plan.manifests) add_manifest(manifest.descriptor);
    for (const ArchivePlan::Blob& blob : plan.blobs) add_blob(blob.found.digest, blob.found.size);
    for (const ArchivePlan::Elsewhere& elsewhere : plan.elsewhere) {
      const oci::Descriptor& descriptor = elsewhere.descriptor;
      if (oci::is_manifest(descriptor.media_type)) add_manifest(descriptor);
      if (!oci::is_manifest(descriptor.media_type)) add_blob(descriptor.digest, descriptor.size);
    }
    if (!plan.tag.empty())
      questions_.emplace_back([this, i] { return ask_tag(i, plans_[i].tag, plans_[i].root.digest); });
    for (const ArchivePlan::Tag& tag : plan.other_tags)
      questions_.emplace_back([this, i, &tag] { return ask_tag(i, tag.tag, tag.digest); });
    auto read = [&plan] { return referrers_in(plan); };
    const auto in_archive = co_await async::offload(runtime_.disk(), read);
    for (const auto& [subject, referrers] : in_archive)
      questions_.emplace_back(
          [this, i, subject = subject, referrers = referrers] { return ask_referrers(i, subject, referrers); });
  }

  void add_manifest(const oci::Descriptor& descriptor) {
    if (!answers_.emplace(Key{descriptor.digest, true}, "").second) return;
    questions_.emplace_back([this, descriptor] { return ask_manifest(descriptor); });
  }
  void add_blob(const oci::Digest& digest, Bytes size) {
    if (!answers_.emplace(Key{digest, false}, "").second) return;
    questions_.emplace_back([this, digest, size] { return ask_blob(digest, size); });
  }

  async::awaitable<void> ask_manifest(oci::Descriptor wanted) {
    const auto found = co_await find(wanted.digest.text());
    std::string& answer = answers_.at({wanted.digest, true});
    if (!found) answer = "is missing";
    if (found && found->media_type != oci::without_parameters(wanted.media_type))
      answer = "has the media type " + found->media_type + ", not " + wanted.media_type;
  }

  async::awaitable<void> ask_blob(oci::Digest digest, Bytes size) {
    auto request = [this, digest, size](registry::Transport& transport) {
      return registry::has_blob(transport, repository_, digest, size);
    };
    const bool is_there = co_await ask<bool>(std::move(request));
    if (!is_there) answers_.at({digest, false}) = "is missing";
  }

  async::awaitable<void> ask_tag(std::size_t i, std::string tag, oci::Digest digest) {
    const auto found = co_await find(tag);
    if (found && (found->digest == digest || is_of_later(plans_[i], tag, found->digest))) co_return;
    differences_[i].push_back(
        {tag, found ? "points to " + found->digest.text() + ", not to " + digest.text() : "is missing"});
  }

  async::awaitable<void> ask_referrers(std::size_t i, oci::Digest subject, std::set<oci::Digest> wanted) {
    auto request = [this, subject](registry::Transport& transport) {
      return registry::list_referrers(transport, repository_, subject);
    };
    const registry::ListedReferrers listed = co_await ask<registry::ListedReferrers>(std::move(request));
    for (const oci::Descriptor& referrer : listed.descriptors) wanted.erase(referrer.digest);
    for (const oci::Digest& digest : wanted)
      differences_[i].push_back({digest.text(), "is not listed as a referrer of " + subject.text()});
  }

  async::awaitable<std::optional<oci::Descriptor>> find(std::string selector) {
    auto request = [this, selector](registry::Transport& transport) {
      return registry::find_manifest(transport, repository_, selector);
    };
    co_return co_await ask<std::optional<oci::Descriptor>>(std::move(request));
  }

  template <class Result, class Request>
  async::awaitable<Result> ask(Request request) {
    return network_.workers().perform<Result>(0, repository_.target.origin.authority(), std::move(request));
  }

  Compared result(std::size_t i) const {
    const ArchivePlan& plan = plans_[i];
    Compared compared{.archive = plan.file};
    const auto found = differences_.find(i);
    if (found != differences_.end()) compared.differences = found->second;
    const auto add = [&](const oci::Digest& digest, bool is_manifest, Bytes size) {
      ++(is_manifest ? compared.manifests : compared.blobs);
      compared.bytes += size;
      const std::string& answer = answers_.at({digest, is_manifest});
      if (!answer.empty()) compared.differences.push_back({digest.text(), answer});
    };
    for (const ArchivePlan::Manifest& one : plan.manifests) add(one.descriptor.digest, true, one.descriptor.size);
    for (const ArchivePlan::Blob& one : plan.blobs) add(one.found.digest, false, one.found.size);
    for (const ArchivePlan::Elsewhere& one : plan.elsewhere)
      add(one.descriptor.digest, oci::is_manifest(one.descriptor.media_type), one.descriptor.size);
    std::ranges::sort(compared.differences, {}, &Difference::subject);
    return compared;
  }

  const BatchOptions& options_;
  const std::vector<ArchivePlan>& plans_;
  async::Runtime& runtime_;
  report::Counters counters_;
  engine::Network network_;
  unsigned connections_;
  registry::Repository repository_;
  std::vector<Question> questions_;
  std::size_t next_ = 0;
  std::map<Key, std::string> answers_;  // what is wrong; empty: nothing
  std::map<std::size_t, std::vector<Difference>> differences_;
};

}  // namespace

std::vector<Compared> compare(const BatchOptions& options, report::Observer& observer) {
  const engine::Inputs inputs(options.push.engine, {});
  const FolderNames names = names_in(options);
  std::vector<Source> sources;
  for (const FolderNames::File& file : names.archives)
    if (file.is_wanted) sources.push_back(source_of(file, options));
  std::vector<Compared> results;
  const auto note_failed = [&](const Source& source, const Error& error) {
    results.push_back({.archive = source.file, .differences = {{"", "cannot be pushed: "s + error.what()}}});
  };
  const PlanEvents events{
      .planned = [](const ArchivePlan&) {}, .failed = note_failed, .warn = [](const Source&, const std::string&) {}};
  std::vector<ArchivePlan> plans = plan_archives(sources, events);
  add_folder_tags(plans, names);
  async::Runtime runtime(async::processors());
  Comparison comparison(options, plans, runtime, observer, inputs);
  const int signal = runtime.run([&] { return comparison.run(); });
  if (signal != 0) throw engine::Interrupted(signal);
  for (Compared& result : comparison.results()) results.push_back(std::move(result));
  return results;
}

}  // namespace acedt::deserialize
