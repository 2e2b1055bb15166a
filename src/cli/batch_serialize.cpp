// The command `mirror batch-serialize`: puts settings, log and displays together, and runs serialize::run(), or one
// part of a plan, or only plans.

#include "cli/batch_serialize.hpp"

#include "acedt/base/error.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/cli/configuration.hpp"
#include "acedt/serialize/plan.hpp"
#include "acedt/serialize/run.hpp"
#include "acedt/ui/display.hpp"
#include "cli/archive_settings.hpp"
#include "cli/audience.hpp"
#include "cli/network_settings.hpp"
#include "cli/output_settings.hpp"
#include "cli/plan_output.hpp"
#include "cli/shard_flags.hpp"

namespace acedt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view words = "mirror batch-serialize";

constexpr std::string_view about = R"(Examples:
  ace-dt mirror batch-serialize gather.csv sync/data
  ace-dt mirror batch-serialize gather.csv sync/data --compression zstd --recursive
  ace-dt mirror batch-serialize gather.csv sync/data --platform linux/amd64 --platform linux/arm64
  ace-dt mirror batch-serialize gather.csv sync/data --split 4GB
  ace-dt mirror batch-serialize gather.csv sync/data --dry-run
  ace-dt mirror batch-serialize --plan gather.plan --shard 3/8 sync/data

BATCH-LIST is a CSV file with a header and the columns name and artifact. Artifacts that are in the
tracker file of SYNC-DIRECTORY are skipped. Content that earlier archives of the folder have is not
fetched again. After an interruption, the same command continues where the run stopped, even
within a blob.

With --platform, only the images for these platforms are taken from an image index, with what belongs
to them. The index is stored unchanged. Many registries refuse such an index until they have the
other images as well: docs/registries.md says which, and what to do. A row whose archives lack a
platform that a later run asks for gets a new archive.

With --split SIZE, an archive that is larger is in files of SIZE, 000001-tools.tar.001 and so on. All
commands of this program read them as one archive. For others, join them first:
cat 000001-tools.tar.[0-9]* > 000001-tools.tar

With --plan, this process does one part of a plan, in SYNC-DIRECTORY/.ace-dt/shards: the folder that
was planned for, or an empty one, such as on a local disk. mirror commit joins the parts.

Environment:
  ACE_DT_CONFIG           configuration files, separated by colons, instead of the usual ones
  REGISTRY_AUTH_FILE      file with credentials, instead of the usual ones;
                          ACE_DT_REGISTRY_AUTH_FILE takes precedence
  DOCKER_CONFIG           folder of docker's config.json with credentials (default ~/.docker)
  SSL_CERT_FILE           certificates to trust, instead of the system's; SSL_CERT_DIR likewise
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY
                          proxies, http://, https:// or socks5://[USER:PASSWORD@]HOST:PORT, and the
                          hosts to access directly; lower-case names take precedence

Configuration files: ./ace-dt-config.yaml, $XDG_CONFIG_HOME/ace/dt/config.yaml,
/etc/ace/dt/config.yaml; the first that exists is used. Every flag in a group above can be set
there, too: see ace-dt config --sample.

Exit status: 0 all done, 1 another error, 2 usage or list, 3 some rows failed (--keep-going),
4 credentials, 5 not found, 6 network, 7 rate limit, 8 no space on the disk, 9 content that does not
match its digest, 10 another process is using the folder, 130 or 143 interrupted.
)";

constexpr Flag dry_run = {"--dry-run", "", "Print what a run would fetch and store; fetch no blob, and write nothing"};
constexpr Flag plan = {"--plan", "PLAN",
                       "Carry out one part of a plan of mirror plan; needs --shard, and no BATCH-LIST"};

void show_plan(const serialize::Options& options, const Flags& flags, const Setup& setup, Process& process) {
  const Log log = start_log(setup, process);
  ui::Quiet quiet;
  ui::Logged observer(quiet, log, true);
  PlanPrinter printer(process.out, plan_format_of(flags));
  PlanProblems problems;
  const auto add = [&](const serialize::PlanRow& row) {
    printer.add(row);
    problems.add(row);
  };
  serialize::dry_run(options, add, observer, log);
  printer.finish({serialize::room_of(options), setup.settings.values.engine.max_rate, {}});
  problems.check();
}

/// Throws Error(usage) if a setting that decides about the bytes of the archives was given, and is not the plan's.
void require_same_settings(const Resolved& settings, const serialize::Options& of_plan) {
  Values planned = settings.values;
  planned.serialize = of_plan;
  for (const Setting* setting : archive_settings()) {
    const auto given = settings.given.find(setting);
    if (setting == &keep_going || setting == &check_tags || given == settings.given.end()) continue;
    const std::vector<std::string> wanted = setting->texts(planned);
    if (setting->texts(settings.values) == wanted) continue;
    throw Error(ErrorKind::usage,
                given->second.name() + " differs from the plan's: " + (wanted.empty() ? "unset" : wanted.back()))
        .hint("omit it, or make another plan");
  }
}

void run_part(const fs::path& file, const Flags& flags, const Setup& setup, Process& process) {
  const std::vector<std::string> arguments = flags.all(batch_list);
  if (arguments.size() != 1 || !flags.all(sync_directory).empty())
    throw Error(ErrorKind::usage, "--plan takes one argument, SYNC-DIRECTORY: the list is in the plan")
        .hint("leave the list out; see ace-dt mirror batch-serialize --help");
  const serialize::PlanHead head = serialize::read_plan_head(file);
  const auto shard = shard_of(flags, process.environment, head.shards);
  if (!shard)
    throw Error(ErrorKind::usage, "--plan needs --shard")
        .hint("add --shard I/N, for part I of N, or --shard auto in a job array");
  require_same_settings(setup.settings, head.options);
  const Values& values = setup.settings.values;
  serialize::Options options = head.options;
  options.version = ACEDT_VERSION;
  options.keep_going = values.serialize.keep_going;
  options.engine = values.engine;
  options.sync_directory = required(batch_list, flags, words);
  divide_limits(options.engine, *shard);
  const auto check = [&](const OutputFiles& files) { check_output_files(files, {{file, "the plan"}}); };
  show(flags, setup, process, run_start(words, options.sync_directory, {}, shard), check,
       [&](report::Observer& observer, const Log& log) { serialize::run_shard(options, file, *shard, observer, log); });
}

/// Throws Error(usage) if flags contradict each other.
void check_flags(const Flags& flags) {
  const bool has_plan = !flags.last(plan).empty();
  const bool has_shard = !flags.last(shard_flag).empty() || !flags.last(shards_flag).empty();
  if (has_plan && flags.is_on(dry_run))
    throw Error(ErrorKind::usage, "--plan and --dry-run exclude each other")
        .hint("print a plan with ace-dt mirror plan --show PLAN");
  if (flags.is_on(dry_run) && !(flags.last(report_flag) + flags.last(debug_flag) + flags.last(metrics_flag)).empty())
    throw Error(ErrorKind::usage, "--dry-run writes no --report, no --debug and no --metrics")
        .hint("print the plan with -o json");
  if (has_shard && !has_plan)
    throw Error(ErrorKind::usage, "--shard and --shards need --plan").hint("make a plan with ace-dt mirror plan");
  if (!flags.last(plan_format).empty() && !flags.is_on(dry_run))
    throw Error(ErrorKind::usage, "--output needs --dry-run").hint("for the outcome of a run, use --report FILE");
}

void run(const Flags& flags, Process& process) {
  const Setup setup = set_up(flags, process.environment);
  check_flags(flags);
  if (const std::string file = flags.last(plan); !file.empty()) return run_part(file, flags, setup, process);
  const serialize::Options options = options_of(flags, setup.settings.values, words);
  if (flags.is_on(dry_run)) return show_plan(options, flags, setup, process);
  const auto check = [&](const OutputFiles& files) {
    check_output_files(
        files, {{options.sync_directory / options.tracker_filename, "the tracker"}, {options.batch_list, "the list"}});
  };
  show(flags, setup, process, run_start(words, options.sync_directory), check,
       [&](report::Observer& observer, const Log& log) { serialize::run(options, observer, log); });
}

}  // namespace

std::string required(const Flag& argument, const Flags& flags, std::string_view command) {
  const std::vector<std::string> given = flags.all(argument);
  const std::string name(argument.names);
  if (given.empty())
    throw Error(ErrorKind::usage, name + " is required").hint("see ace-dt " + std::string(command) + " --help");
  if (given.back().empty())
    throw Error(ErrorKind::usage, name + " is empty")
        .hint("give a path; in a script, check the variable that it comes from");
  return given.back();
}

serialize::Options options_of(const Flags& flags, const Values& values, std::string_view command) {
  serialize::Options options = values.serialize;
  options.engine = values.engine;
  options.batch_list = required(batch_list, flags, command);
  options.sync_directory = required(sync_directory, flags, command);
  return options;
}

Command batch_serialize_command() {
  Command command = {
      .words = words,
      .purpose = "Archive the artifacts of a list in a folder, each in a tar file",
      .about = about,
      .optional_arguments = {&batch_list, &sync_directory},
      .flags = {&dry_run, &plan_format, &plan, &shard_flag, &shards_flag, &report_flag, &debug_flag, &metrics_flag},
      .run = run};
  for (const auto* group : {&archive_settings(), &network_settings(), &output_settings()})
    command.settings.insert(command.settings.end(), group->begin(), group->end());
  return command;
}

}  // namespace acedt::cli
