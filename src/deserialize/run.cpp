// A push first reads the folder: names, the record, and the headers and manifests of archives that are not recorded.
// Then Push does the rest. Of a recorded archive, only the first index.json is read. A shard pushes nothing but its
// share of the blobs: its plans have nothing else.

#include "acedt/deserialize/run.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "acedt/archive/contents.hpp"
#include "acedt/async/runtime.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/engine/inputs.hpp"
#include "acedt/oci/manifest.hpp"
#include "acedt/oci/media_type.hpp"
#include "acedt/sync/files.hpp"
#include "deserialize/folder.hpp"
#include "deserialize/map.hpp"
#include "deserialize/plan.hpp"
#include "deserialize/push.hpp"
#include "deserialize/shards.hpp"
#include "deserialize/spool.hpp"
#include "deserialize/state.hpp"

namespace acedt::deserialize {
namespace {

namespace fs = std::filesystem;

constexpr Bytes max_answer_buffer = 16_KiB;  // responses to a push are short

/// Pushes `plans`, and ends with PushFinished and the matching exception. `shard`: "3/8", or empty.
class Run {
 public:
  Run(const PushOptions& options, oci::Reference destination, bool keep_going, std::string shard,
      report::Observer& observer)
      : options_(options), inputs_(options.engine, {}), observer_(observer) {
    settings_.destination = std::move(destination);
    settings_.keep_going = keep_going;
    settings_.shard = std::move(shard);
    settings_.limits = inputs_.limits();
    settings_.limits.receive_buffer = std::min(settings_.limits.receive_buffer, max_answer_buffer);
    settings_.max_open_archives = inputs_.files.archives;
  }

  /// Calls `prepare`. If it throws, ends the run, with the archives that it added to `failed`.
  void prepare(const std::function<void()>& prepare, const std::vector<report::Problem>& failed) {
    try {
      prepare();
    } catch (...) {
      failed_ = failed;
      failure_ = as_error(std::current_exception());
      end({});
    }
  }

  /// Pushes `plans`. `failed`: archives that failed while they were planned.
  report::PushFinished push(const std::vector<ArchivePlan>& plans, Push::Record record,
                            std::vector<report::Problem> failed, std::size_t skipped) {
    async::Runtime runtime(async::processors());
    Push push(settings_, plans, std::move(record), runtime, observer_);
    if (!plans.empty()) {
      try {
        signal_ = runtime.run([&] { return push.run(); });
      } catch (...) {
        failure_ = as_error(std::current_exception());
      }
    }
    present_ = push.take_present();
    failed_ = std::move(failed);
    failed_.insert(failed_.end(), push.failed().begin(), push.failed().end());
    for (std::string& file : push.left()) report::tell(observer_, report::PushLeft{std::move(file)});
    report::PushFinished finished = push.finished();
    finished.skipped = skipped;
    return finished;
  }

  /// Returns the blobs that push() has found or left at the destination, if this is a shard.
  const std::vector<oci::Digest>& present() const noexcept { return present_; }
  bool is_complete() const { return !failure_ && signal_ == 0 && failed_.empty() && !options_.dry_run; }

  /// Calls `step` after the push. If it throws, the run has failed. A failure of the push comes first.
  void afterwards(const std::function<void()>& step) {
    try {
      step();
    } catch (...) {
      const std::exception_ptr failure = as_error(std::current_exception());
      if (failure_)
        report::tell(observer_, report::Warning{engine::problem_of(failure).text});
      else
        failure_ = failure;
    }
  }

  /// Reports the end, and throws unless everything is done.
  report::PushFinished end(report::PushFinished finished) {
    finished.failed = failed_.size();
    finished.is_planned_only = options_.dry_run;
    finished.shard = settings_.shard;
    finished.complete = is_complete();
    if (failure_) finished.problem = engine::problem_of(failure_);
    report::tell(observer_, finished);
    if (failure_) std::rethrow_exception(failure_);
    if (signal_ != 0) throw engine::Interrupted(signal_);
    if (!failed_.empty()) throw engine::SomeFailed(std::move(failed_));
    return finished;
  }

 private:
  const PushOptions& options_;
  engine::Inputs inputs_;
  report::Observer& observer_;
  Push::Settings settings_{.options = options_};
  std::exception_ptr failure_;
  int signal_ = 0;
  std::vector<report::Problem> failed_;
  std::vector<oci::Digest> present_;
};

void warn(report::Observer& observer, std::string text) {
  report::tell(observer, report::Warning{std::move(text)});
}

void warn_of_ignored(const FolderNames& names, const fs::path& folder, report::Observer& observer) {
  if (names.ignored.empty()) return;
  std::string list;
  constexpr std::size_t max_named = 5;
  for (std::size_t i = 0; i < std::min(max_named, names.ignored.size()); ++i)
    list += (i > 0 ? ", " : "") + in_quotes(names.ignored[i]);
  const std::size_t more = names.ignored.size() - std::min(max_named, names.ignored.size());
  warn(observer, "ignored in " + folder.string() + ", because their names are not those of archives: " + list +
                     (more > 0 ? " and " + std::to_string(more) + " more" : ""));
}

void check(const BatchOptions& options) {
  if (options.sync_directory.empty())
    throw Error(ErrorKind::usage, "SYNC-DIRECTORY is empty")
        .hint("give a path; in a script, check the variable that it comes from");
  const std::string& name = options.sync_filename;
  if (!name.ends_with(".csv") || name.find('/') != std::string::npos)
    throw Error(ErrorKind::usage, "--sync-filename: got " + in_quotes(name) + ", want a file name that ends in .csv")
        .hint("the ace-dt written in Go takes any other file for an archive; --state puts the record elsewhere");
  if (options.shard && options.map_out)
    throw Error(ErrorKind::usage, "--map-out: a shard pushes no manifests")
        .hint("give --map-out to the push without --shard that completes the shards");
}

PlanEvents events_for(const PushOptions& options, report::Observer& observer,
                      std::function<void(const Source&, const Error&)> failed) {
  return {.planned =
              [&observer](const ArchivePlan& plan) {
                report::tell(observer, report::PushPlanned{plan.file, plan.artifact, plan.manifests.size(),
                                                           plan.blobs.size(), size_of(plan)});
              },
          .failed = std::move(failed),
          .warn =
              [&options, &observer](const Source& source, const std::string& text) {
                if (options.strict) throw Error(ErrorKind::bad_input, text).hint("without --strict this is a warning");
                warn(observer, source.file + ": " + text);
              }};
}

/// The archives of a folder: those that are recorded, and the plans of the others.
class Folder {
 public:
  Folder(const BatchOptions& options, const oci::Reference& destination, report::Observer& observer)
      : options_(options),
        observer_(observer),
        names_(names_in(options)),
        state_(open_state(destination)),
        results_(options.state.value_or(push_folder_in(options.sync_directory)), destination) {
    for (std::size_t i = 0; i < names_.archives.size(); ++i)
      if (is_done(i)) done_.insert(i);
    if (!options.shard)
      pushed_by_shards_ = results_.read();
    else if (!options.push.dry_run)
      begin_shard();
  }

  void tell_start() {
    const auto wanted = std::ranges::count_if(names_.archives, &FolderNames::File::is_wanted);
    const std::string shard = options_.shard ? options_.shard->text() : "";
    report::tell(observer_, report::PushStarted{static_cast<std::size_t>(wanted), done_.size(), shard});
    for (std::string& text : state_.take_warnings()) warn(observer_, std::move(text));
    for (const std::string& text : pushed_by_shards_.warnings) warn(observer_, text);
    warn_of_ignored(names_, options_.sync_directory, observer_);
    if (names_.archives.empty()) warn(observer_, "there are no archives in " + options_.sync_directory.string());
    for (const std::size_t i : done_)
      report::tell(observer_, report::PushSkipped{names_.archives[i].file,
                                                  source_of(names_.archives[i], options_).destination.artifact});
  }

  /// Plans every archive, so that all that cannot be planned are named. They go to failed(). Throws the first failure,
  /// unless keep_going.
  void plan() {
    std::vector<Source> sources;
    for (std::size_t i = 0; i < names_.archives.size(); ++i) {
      const FolderNames::File& file = names_.archives[i];
      if (!file.is_wanted || done_.contains(i)) continue;
      sources.push_back(source_of(file, options_));
    }
    std::optional<Error> first;
    const auto note_failed = [&](const Source& source, const Error& error) {
      failed_.push_back(engine::problem_of(error));
      report::tell(observer_, report::PushFailed{source.file, source.destination.artifact, failed_.back()});
      if (engine::concerns_all(error.kind())) throw Error(error);
      if (!first) first = error;
    };
    plans_ = plan_archives(sources, events_for(options_.push, observer_, note_failed));
    if (first && !options_.keep_going) {
      for (const ArchivePlan& plan : plans_) report::tell(observer_, report::PushLeft{plan.file});
      throw Error(*first);
    }
    for (ArchivePlan& plan : plans_) plan.mount_from = state_.other_with(plan.file);
    if (options_.shard)
      keep_share(plans_, *options_.shard);
    else if (!options_.ignore_record)
      mark_vouched(plans_, std::exchange(pushed_by_shards_.blobs, {}));
    add_folder_tags(plans_, names_);
  }

  /// Adds the archives that were pushed before. Throws Error(storage), Error(bad_input).
  void add_done_to(Map& map) const {
    for (const std::size_t i : done_) {
      const Source source = source_of(names_.archives[i], options_);
      ArchivePlan plan{.file = source.file,
                       .path = source.path,
                       .artifact = source.destination.artifact,
                       .tag = source.destination.tag,
                       .root = {"", *names_.archives[i].root, {}}};
      try {
        const archive::Contents contents = archive::read_contents(source.path);
        plan.sources = oci::Manifest::parse(oci::media_type::oci_index, contents.index_json).manifests;
      } catch (Error& error) {
        error.add(source.file);
        throw;
      }
      map.add(plan);
    }
  }

  const std::vector<ArchivePlan>& plans() const { return plans_; }
  const std::vector<report::Problem>& failed() const { return failed_; }
  std::size_t skipped() const { return done_.size(); }
  void record(std::span<const ArchivePlan* const> plans) {
    for (const ArchivePlan* plan : plans)
      state_.add({plan->file, plan->artifact}, plan->root.digest, std::chrono::system_clock::now());
    state_.sync();
  }
  void write_result(const std::vector<oci::Digest>& blobs) const { results_.write(*options_.shard, blobs); }

  /// Removes the results of shards, so that no later push trusts them.
  void forget_shards() {
    try {
      for (const fs::path& file : pushed_by_shards_.files) Disk::real().remove(file);
    } catch (const Error& error) {
      warn(observer_, std::string(error.what()) + ": remove the results of shards there before the next push");
    }
  }

 private:
  /// Replaces the result of an earlier run, because that is not known to be true any more.
  void begin_shard() const {
    try {
      write_result({});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::storage) throw;
      throw Error(ErrorKind::usage, std::string("the result of a shard cannot be written: ") + error.what())
          .hint("name a folder that all shards and the push after them can write to with --state");
    }
  }

  PushState open_state(const oci::Reference& destination) {
    std::vector<oci::Digest> known;
    for (const FolderNames::File& file : names_.archives)
      if (file.root) known.push_back(*file.root);
    PushState::Paths paths{options_.sync_directory, options_.sync_filename, options_.state};
    if (!options_.shard) paths.fallback = state_folder_for(known, options_.environment);  // else all must read the same
    const bool is_recorded = !options_.push.dry_run && !options_.shard;
    return is_recorded ? PushState::open(paths, destination) : PushState::read(paths, destination);
  }

  bool is_done(std::size_t i) {
    const FolderNames::File& file = names_.archives[i];
    return file.is_wanted && !options_.ignore_record && file.root && state_.has(file.file, *file.root);
  }

  const BatchOptions& options_;
  report::Observer& observer_;
  FolderNames names_;
  PushState state_;
  ShardResults results_;
  ShardResults::Found pushed_by_shards_;
  std::set<std::size_t> done_;  // indexes of names_.archives
  std::vector<ArchivePlan> plans_;
  std::vector<report::Problem> failed_;
};

}  // namespace

report::PushFinished run(const BatchOptions& options, report::Observer& observer, const Log&) {
  check(options);
  const oci::Reference destination = parse_destination(options.destination);
  Run whole(options.push, destination, options.keep_going, options.shard ? options.shard->text() : "", observer);
  Folder folder(options, destination, observer);
  folder.tell_start();
  Map map(options.destination);
  const auto prepare = [&] {
    folder.plan();
    if (options.map_out) folder.add_done_to(map);
  };
  whole.prepare(prepare, folder.failed());
  const auto record = [&](std::span<const ArchivePlan* const> pushed) {
    if (options.shard) return;
    folder.record(pushed);
    for (const ArchivePlan* plan : pushed) map.add(*plan);
  };
  const report::PushFinished finished = whole.push(folder.plans(), record, folder.failed(), folder.skipped());
  if (options.map_out && !options.push.dry_run) whole.afterwards([&] { map.write(*options.map_out); });
  if (options.shard && !options.push.dry_run) whole.afterwards([&] { folder.write_result(whole.present()); });
  if (whole.is_complete() && options.only.empty()) folder.forget_shards();
  return whole.end(finished);
}

report::PushFinished run(const SingleOptions& options, report::Observer& observer, const Log&) {
  const oci::Reference image = oci::Reference::parse(options.image);
  Run whole(options.push, image, false, "", observer);
  report::tell(observer, report::PushStarted{1, 0});
  std::optional<Spool> spool;
  std::vector<ArchivePlan> plans;
  const auto prepare = [&] {
    const fs::path archive = sync::joined_path(options.file);
    spool.emplace(archive, options.spool_directory, options.block_size);
    const std::string name = archive == "-" ? "standard input" : archive.filename().string();
    const Source source{spool->path(), name, {image.text(), image.tag}};
    const auto fail = [](const Source&, const Error& error) { throw Error(error); };
    plans = plan_archives(std::span(&source, 1), events_for(options.push, observer, fail));
    if (image.digest && *image.digest != plans.front().root.digest)
      throw Error(ErrorKind::usage, "IMAGE has the digest " + image.digest->text() + ", but the root of " +
                                        options.file.string() + " is " + plans.front().root.digest.text())
          .hint("push it by a tag, or name the right archive");
  };
  whole.prepare(prepare, {});
  return whole.end(whole.push(
      plans, [](std::span<const ArchivePlan* const>) {}, {}, 0));
}

}  // namespace acedt::deserialize
