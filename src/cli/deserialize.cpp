// The commands `mirror deserialize` and `mirror batch-deserialize`.

#include <algorithm>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/cli/configuration.hpp"
#include "acedt/deserialize/run.hpp"
#include "cli/archive_settings.hpp"
#include "cli/audience.hpp"
#include "cli/network_settings.hpp"
#include "cli/output_settings.hpp"
#include "cli/shard_flags.hpp"
#include "cli/tag_flags.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view about_batch = R"(Examples:
  ace-dt mirror batch-deserialize sync/data registry.example/mirror
  ace-dt mirror batch-deserialize sync/data registry.example/mirror --dry-run

Pushes the archives of SYNC-DIRECTORY into the repository DESTINATION, in the order of their
numbers. The root of each archive NNN-NAME gets the tag NAME. Before the first byte is sent, the
manifests of all archives are checked, and everything that they name must be in the folder or at
DESTINATION. Each archive that is complete gets a row in the record, and later runs skip it. A blob
is sent only if DESTINATION does not have it.

Several processes can share a push, in two phases. Phase 1: N runs with --shard 1/N to --shard N/N,
at the same time or not, on one machine or several that see the same folder. Each pushes its share
of the blobs, and writes a result, .ace-dt/push/shard-I-of-N.json, to the folder or to --state. It
pushes no manifests and no tags, and records nothing. Phase 2: the same command without --shard,
with the same --state. It does not ask for blobs that the results list, pushes what is missing, and
then manifests, tags and the record. At its end it removes the results. A shard that failed may be
run again, or left to phase 2. Before results count, DESTINATION must have a sample of their blobs.
--shard refuses --map-out, and ignores --tag-as, --no-tag, --no-clobber.

Exit status:
  0   every archive is at DESTINATION
  1   any other error
  2   usage, or an error in the record
  3   with --keep-going: some archives failed, the others are pushed
  4   credentials are missing or were refused
  5   content, an archive or the repository is missing
  6   the network, a certificate, or a registry that is down
  7   a rate limit
  8   no space on the disk, or the registry's quota is used up
  9   an archive is damaged
  10  another process is pushing this folder
  130, 143  interrupted; run the same command again to continue
)";

constexpr std::string_view about_one = R"(Examples:
  ace-dt mirror deserialize 000001-tools.tar registry.example/mirror:tools
  zstdcat 000001-tools.tar.zst | ace-dt mirror deserialize - registry.example/mirror:tools

Pushes one archive, and puts the tag of IMAGE (default: latest) on its root manifest. If IMAGE has a
digest, the root must have the same one. FILE may be any OCI image layout in a tar file, plain or
compressed with zstd or gzip. Standard input, a FIFO or a device is copied to a temporary file
first, in $TMPDIR. Of an archive in parts, name any part, such as 000001-tools.tar.001: the others
must be in the same folder. There is no record. Exit status: as for batch-deserialize.
)";

constexpr Flag sync_directory = {"SYNC-DIRECTORY", "", "Folder with archives"};
constexpr Flag destination = {"DESTINATION", "", "REGISTRY/REPOSITORY, without a tag"};
constexpr Flag file = {"FILE", "", "The archive; - is standard input"};
constexpr Flag image = {"IMAGE", "", "REGISTRY/REPOSITORY[:TAG|@DIGEST] to push to"};
constexpr Flag sync_filename = {"--sync-filename", "NAME",
                                "The record of what was pushed (default successful-syncs.csv); must end in .csv"};
constexpr Flag state = {
    "--state", "FOLDER",
    "Folder for the record, the journal, the lock and the results of shards, instead of the sync folder or "
    "~/.local/state"};
constexpr Flag dry_run = {"--dry-run", "", "Say what would be pushed; send GET and HEAD only, and record nothing"};
constexpr Flag strict = {"--strict", "", "Fail at what is otherwise a warning, such as unknown entries in an archive"};
constexpr Flag only = {"--only", "GLOB", "Push only archives whose file name matches; may be repeated", true};
constexpr Flag ignore_record = {
    "--ignore-record", "",
    "Push archives that are in the record, too, and ignore the results of shards: the registry is asked for each blob"};
constexpr Flag no_clobber = {"--no-clobber", "", "Fail instead of moving a tag that points to something else"};
constexpr Flag block_size = {"--block-size", "SIZE", "Size of reads from a pipe or a tape (default 1MiB)"};
constexpr Flag map_out = {"--map-out", "FILE",
                          "Write source, digest, media type and destination of each artifact: as JSON if FILE ends in "
                          ".json, else as CSV"};

/// Throws Error(usage) for --metrics with --dry-run: a success there would be taken for one of a push.
deserialize::PushOptions push_options_of(const Flags& flags, const Values& values) {
  if (flags.is_on(dry_run) && !flags.last(metrics_flag).empty())
    throw Error(ErrorKind::usage, "--dry-run writes no --metrics").hint("use --report FILE");
  return {.engine = values.engine,
          .dry_run = flags.is_on(dry_run),
          .strict = flags.is_on(strict),
          .no_clobber = flags.is_on(no_clobber)};
}

/// Returns the value of a flag that names a file or folder; nullopt if it was not given.
std::optional<std::filesystem::path> path_of(const Flags& flags, const Flag& flag) {
  const std::string text = flags.last(flag);
  return text.empty() ? std::nullopt : std::optional<std::filesystem::path>(text);
}

Bytes block_size_of(const Flags& flags) {
  const std::string text = flags.last(block_size);
  if (text.empty() || text == "0") return 1_MiB;
  const auto size = parse_bytes(text);
  if (size && *size > Bytes{} && *size <= 1_GiB) return *size;
  throw Error(ErrorKind::usage, "--block-size: got " + in_quotes(text) + ", want a size up to 1GiB")
      .hint("write a number and a unit, such as 256KiB");
}

void run_batch(const Flags& flags, Process& process) {
  const Setup setup = set_up(flags, process.environment);
  const Values& values = setup.settings.values;
  deserialize::BatchOptions options{.push = push_options_of(flags, values),
                                    .sync_directory = flags.last(sync_directory),
                                    .destination = flags.last(destination),
                                    .state = path_of(flags, state),
                                    .only = flags.all(only),
                                    .tag_as = tags_of(flags),
                                    .no_tag = flags.is_on(no_tag),
                                    .ignore_record = flags.is_on(ignore_record),
                                    .keep_going = values.serialize.keep_going,
                                    .map_out = path_of(flags, map_out)};
  if (const std::string name = flags.last(sync_filename); !name.empty()) options.sync_filename = name;
  options.environment = process.environment;
  options.shard = shard_of(flags, process.environment);
  if (options.shard) divide_limits(options.push.engine, *options.shard);
  const auto check = [&](const OutputFiles& files) {
    const std::vector<NeededFile> needed = {{options.sync_directory / options.sync_filename, "the record"}};
    check_output_files(files, needed);
    if (options.map_out) check_output_file(*options.map_out, "--map-out", needed);
  };
  const ui::RunStart start = run_start("batch-deserialize", options.sync_directory, options.destination, options.shard);
  show(flags, setup, process, start, check,
       [&](report::Observer& observer, const Log& log) { deserialize::run(options, observer, log); });
}

void run_one(const Flags& flags, Process& process) {
  const Setup setup = set_up(flags, process.environment);
  const deserialize::SingleOptions options{.push = push_options_of(flags, setup.settings.values),
                                           .file = flags.last(file),
                                           .spool_directory = process.environment("TMPDIR").value_or("/tmp"),
                                           .block_size = block_size_of(flags),
                                           .image = flags.last(image)};
  const auto check = [&](const OutputFiles& files) { check_output_files(files, {{options.file, "the archive"}}); };
  show(flags, setup, process, run_start("deserialize", options.file, options.image), check,
       [&](report::Observer& observer, const Log& log) { deserialize::run(options, observer, log); });
}

std::vector<const Setting*> settings_of_pushes() {
  std::vector<const Setting*> settings = network_settings();
  settings.push_back(&commit_timeout);
  settings.insert(settings.end(), output_settings().begin(), output_settings().end());
  return settings;
}

}  // namespace

std::map<std::string, std::string> tags_of(const Flags& flags) {
  std::map<std::string, std::string> tags;
  for (const std::string& text : flags.all(tag_as)) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw Error(ErrorKind::usage, "--tag-as: got " + in_quotes(text) + ", want NAME=TAG")
          .hint("to push the archive 000001-app.tar as v1, give --tag-as app=v1");
    tags[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return tags;
}

Command batch_deserialize_command() {
  Command command = {
      .words = "mirror batch-deserialize",
      .purpose = "Push the archives of a folder into a repository",
      .about = about_batch,
      .arguments = {&sync_directory, &destination},
      .flags = {&sync_filename, &state, &dry_run, &strict, &only, &ignore_record, &tag_as, &no_tag, &no_clobber,
                &map_out, &shard_flag, &shards_flag, &report_flag, &debug_flag, &metrics_flag},
      .run = run_batch};
  command.settings = settings_of_pushes();
  command.settings.insert(command.settings.begin(), &keep_going);
  return command;
}

Command deserialize_command() {
  Command command = {.words = "mirror deserialize",
                     .purpose = "Push one archive",
                     .about = about_one,
                     .arguments = {&file, &image},
                     .flags = {&dry_run, &strict, &no_clobber, &block_size, &report_flag, &debug_flag, &metrics_flag},
                     .run = run_one};
  command.settings = settings_of_pushes();
  return command;
}

}  // namespace acedt::cli
