#pragma once

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "acedt/async/once_map.hpp"
#include "acedt/async/runtime.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/deserialize/options.hpp"
#include "acedt/engine/network.hpp"
#include "acedt/registry/repository.hpp"
#include "acedt/report/observer.hpp"
#include "deserialize/content.hpp"
#include "deserialize/plan.hpp"

namespace acedt::deserialize {

/// Pushes archives into one repository. Thread: control.
class Push {
 public:
  /// Records archives that are complete at the destination. Runs on the disk thread.
  using Record = std::function<void(std::span<const ArchivePlan* const>)>;
  struct Settings {
    const PushOptions& options;
    oci::Reference destination = {};  ///< its tag does not matter
    bool keep_going = false;
    engine::Network::Limits limits = {};
    std::size_t max_open_archives = 1;
    std::string shard = {};  ///< "3/8" if the plans have only the blobs of this shard
  };

  /// Everything passed by reference must outlive this.
  Push(const Settings& settings, const std::vector<ArchivePlan>& plans, Record record, async::Runtime& runtime,
       report::Observer& observer);

  /// Returns when every archive is pushed or has failed. Without keep_going, throws the failure of an archive once the
  /// archives before it are done. Throws any other failure that ends the push.
  async::awaitable<void> run();

  /// What became of the archives, also after run() has thrown.
  report::PushFinished finished() const;
  const std::vector<report::Problem>& failed() const noexcept { return failed_; }
  /// Returns the archives that were neither pushed nor failed.
  std::vector<std::string> left() const;
  /// Returns the blobs that are at the destination, each once or more often; none unless this is a shard.
  std::vector<oci::Digest> take_present() { return std::move(present_); }

 private:
  /// The state of one archive.
  struct Archive {
    Archive(const ArchivePlan& of, const async::Executor& control)
        : plan(of), pushed{.archive = of.file, .artifact = of.artifact, .digest = of.root.digest}, changed(control) {}

    const ArchivePlan& plan;
    std::vector<Archive*> previous_with_tag = {};                        // for each of its tags, the last one before
    bool is_open = false;                                                // it is being pushed, or was
    bool trusts_shards = false;                                          // trusts_shards_ when it was opened
    std::optional<Content> content = {};                                 // while it is pushed
    std::size_t next_blob = 0;                                           // to start
    std::size_t pending_blobs = 0;                                       // not at the destination yet
    std::map<oci::Digest, std::vector<oci::Descriptor>> referrers = {};  // by subject: those that no API lists
    std::vector<std::size_t> there = {};                                 // blobs that the registry says it has
    std::vector<std::size_t> vouched = {};                               // blobs that only shards say it has
    bool has_manifests = false;  // they are at the destination, but for an index that waits for later archives
    bool has_ended = false;
    bool is_reported = false;
    std::exception_ptr failure = {};
    report::ArchivePushed pushed;
    async::Event changed;
  };
  /// Blobs of one archive that one lane pushes: a single one, or those of one frame.
  struct Batch {
    Archive* archive;
    std::size_t first;
    std::size_t end;
  };
  /// Content that the folder lacks, and an archive that needs it.
  struct Question {
    Archive* archive;
    const ArchivePlan::Elsewhere* content;
  };
  enum class Outcome { sent, was_there };

  async::awaitable<void> push_all(async::TaskGroup& group);
  async::awaitable<void> open_for_mounts();
  async::awaitable<void> check_shards();
  async::awaitable<void> require_elsewhere();
  async::awaitable<void> require_media_types();
  async::awaitable<void> offer(Archive& archive, const ArchivePlan::Manifest& manifest);
  void refuse_failed();
  async::awaitable<std::set<oci::Digest>> missing_among(const std::vector<Question>& questions);
  async::awaitable<bool> is_there(const Archive& archive, oci::Descriptor wanted);
  async::awaitable<void> lane(async::TaskGroup& group);
  async::awaitable<std::optional<Batch>> next_batch(async::TaskGroup& group);
  void open(Archive& archive, async::TaskGroup& group);
  void take_vouched(Archive& archive);
  static bool is_vouched(const Archive& archive, std::size_t blob) {
    return archive.trusts_shards && archive.plan.blobs[blob].is_vouched;
  }
  async::awaitable<void> finish(Archive& archive);
  async::awaitable<void> wait_for_content(Archive& archive);
  async::awaitable<void> push_the_rest(Archive& archive);
  void settle(Archive& archive);
  void fail(Archive& archive, const std::exception_ptr& failure);
  std::uint64_t row_of(const Archive& archive) const;
  async::awaitable<void> report_in_order();
  async::awaitable<void> report_pushed(std::size_t first, std::size_t end);
  void report_failed(Archive& archive);
  void report_failure(Archive& archive);

  async::awaitable<void> push_batch(Batch batch);
  async::awaitable<void> push_decoded(Batch batch, async::TaskGroup& group);
  async::awaitable<void> push_held(Archive& archive, std::size_t blob, std::string bytes);
  async::awaitable<void> push_blob(Archive& archive, std::size_t blob, std::shared_ptr<registry::BlobSource> source);
  async::awaitable<Outcome> send_blob(Archive& archive, archive::Found blob,
                                      std::shared_ptr<registry::BlobSource> source, bool is_asked = true);
  void count(Archive& archive, std::size_t blob, Outcome outcome);
  void uncount(const Archive& archive, std::size_t blob);
  async::awaitable<void> push_content(Archive& archive);
  async::awaitable<void> push_vouched(Archive& archive);
  async::awaitable<void> let_later_go_first(Archive& archive);
  async::awaitable<void> send_what_was_there(Archive& archive);
  void count_manifests(Archive& archive);
  async::awaitable<void> push_manifests(Archive& archive);
  async::awaitable<void> push_level(Archive& archive, std::span<const ArchivePlan::Manifest> manifests);
  async::awaitable<void> push_manifest(Archive& archive, oci::Descriptor descriptor, std::string text);
  async::awaitable<void> put_referrers(Archive& archive);
  async::awaitable<void> put_tags(Archive& archive);
  async::awaitable<void> put_tag(Archive& archive, std::string tag, oci::Digest digest);
  async::awaitable<std::string> fetch(Archive& archive, oci::Descriptor descriptor);
  async::awaitable<void> keep(Archive& archive, oci::Descriptor descriptor, std::string text);

  template <class Result, class Request>
  async::awaitable<Result> ask(const Archive& archive, Request request) {
    return network_.workers().perform<Result>(row_of(archive), repository_.target.origin.authority(),
                                              std::move(request));
  }

  Settings settings_;
  const std::vector<ArchivePlan>& plans_;
  Record record_;
  async::Runtime& runtime_;
  report::Observer& observer_;
  report::Counters counters_;
  engine::Network network_;
  registry::Repository repository_;
  std::map<std::string, registry::Repository> mounting_;  // the same, by ArchivePlan::mount_from; empty in a dry run
  std::vector<std::unique_ptr<Archive>> archives_;
  std::size_t current_ = 0;                   // archive whose blobs are started
  std::size_t open_ = 0;                      // archives that are being pushed
  std::size_t end_;                           // archives from here on are abandoned
  async::Event room_;                         // open_, end_, held_ or is_listing_referrers_ has changed
  async::OnceMap<oci::Digest, bool> claims_;  // of blobs that several archives have
  bool trusts_shards_ = false;                // the destination has all blobs of a sample of what they vouch for
  std::vector<oci::Digest> present_;          // blobs that are at the destination, if this is a shard
  Bytes held_ = {};                           // small blobs in memory
  std::set<oci::Digest> put_;                 // manifests that are there
  bool is_listing_referrers_ = false;
  bool has_referrers_api_ = false;
  std::vector<report::Problem> failed_;
  std::size_t pushed_ = 0;
  std::exception_ptr failure_;  // of the archive that ended the push
};

}  // namespace acedt::deserialize
