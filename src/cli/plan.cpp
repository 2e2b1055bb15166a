// The command `mirror plan`.

#include "acedt/serialize/plan.hpp"
#include "acedt/base/error.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/cli/configuration.hpp"
#include "cli/archive_settings.hpp"
#include "cli/audience.hpp"
#include "cli/batch_serialize.hpp"
#include "cli/network_settings.hpp"
#include "cli/output_settings.hpp"
#include "cli/plan_output.hpp"
#include "cli/shard_flags.hpp"

namespace acedt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view words = "mirror plan";

constexpr std::string_view about = R"(Examples:
  ace-dt mirror plan gather.csv sync/data --out gather.plan
  ace-dt mirror plan gather.csv sync/data --out gather.plan --shards 8
  ace-dt mirror plan --show gather.plan

Asks the registries for the manifests of every artifact of the list, and decides what each archive
will store. Fetches no blob, takes no lock, and writes only PLAN. The plan includes all manifests.

Several processes carry a plan out, each a part of it, and one commits what they made:
  ace-dt mirror batch-serialize --plan gather.plan --shard 1/8 sync/data
  ...
  ace-dt mirror commit gather.plan sync/data

Afterwards the folder is the same, byte for byte, as after one run without a plan.

Other runs must not change the tracker or the ledger of the folder before the commit. If one does,
make a new plan.

Exit status: as for batch-serialize.
)";

constexpr Flag out = {"--out", "PLAN", "File for the plan; an existing one is replaced"};
constexpr Flag show_plan = {"--show", "PLAN", "Print a plan instead of making one"};

void print(const fs::path& plan, const Flags& flags, Process& process) {
  PlanPrinter printer(process.out, plan_format_of(flags));
  const serialize::PlanHead head = serialize::read_plan_head(plan);
  serialize::each_in_plan(plan, [&](const serialize::PlanRow& row) { printer.add(row); });
  printer.finish({.shards = head.shards});
}

void print_end(const serialize::PlanTotals& totals, const serialize::PlanLimits& limits, const Values& values,
               Process& process) {
  if (values.log_format == LogFormat::text) {
    process.out << serialize::plan_end(totals, limits, serialize::PlanFormat::table);
    return;
  }
  const auto text = [](auto number) { return std::to_string(number); };
  print_line(process, values, LogLevel::info, "planned",
             {{"todo", text(totals.todo)},
              {"done", text(totals.done)},
              {"failed", text(totals.failed)},
              {"fetch", text(totals.fetch.count)},
              {"size", text(totals.size.count)},
              {"requests", text(totals.requests)}});
}

void make(const fs::path& plan, const Flags& flags, Process& process) {
  const Setup setup = set_up(flags, process.environment);
  const Values& values = setup.settings.values;
  const serialize::Options options = options_of(flags, values, words);
  const std::optional<unsigned> shards = shards_of(flags);
  const std::vector<NeededFile> needed = {{options.sync_directory / options.tracker_filename, "the tracker"},
                                          {options.batch_list, "the list"}};
  check_output_file(plan, "--out", needed);
  const Log log = start_log(setup, process);
  count(flags, process, log, run_start(words, options.sync_directory), needed,
        [&](report::Observer& observer, ui::Totals& totals) {
          PlanProblems problems;
          const auto add = [&](const serialize::PlanRow& row) {
            problems.add(row);
            if (row.state == serialize::PlanRow::State::todo) ++totals.done;
          };
          const serialize::PlanTotals planned = serialize::make_plan(options, shards, plan, add, observer, log);
          const serialize::PlanLimits limits = {serialize::room_of(options), values.engine.max_rate, shards};
          print_end(planned, limits, values, process);
          problems.check();
        });
}

void run(const Flags& flags, Process& process) {
  const std::string made = flags.last(out);
  const std::string shown = flags.last(show_plan);
  if (made.empty() == shown.empty())
    throw Error(ErrorKind::usage, made.empty() ? "--out or --show is required" : "--out and --show exclude each other")
        .hint("make a plan with --out PLAN, or print one with --show PLAN");
  if (shown.empty() && !flags.last(plan_format).empty())
    throw Error(ErrorKind::usage, "--output needs --show").hint("make the plan first, then print it with --show PLAN");
  if (!shown.empty() && !(flags.all(batch_list).empty() && flags.last(shards_flag).empty()))
    throw Error(ErrorKind::usage, "--show takes no BATCH-LIST, SYNC-DIRECTORY and --shards")
        .hint("leave them out: the plan has them");
  if (made.empty() && !flags.last(metrics_flag).empty())
    throw Error(ErrorKind::usage, "--metrics needs --out").hint("they are of the making of a plan");
  if (shown.empty()) return make(made, flags, process);
  print(shown, flags, process);
}

}  // namespace

Command plan_command() {
  Command command = {.words = words,
                     .purpose = "Plan a batch-serialize that several processes carry out",
                     .about = about,
                     .optional_arguments = {&batch_list, &sync_directory},
                     .flags = {&out, &shards_flag, &show_plan, &plan_format, &metrics_flag},
                     .run = run};
  for (const auto* group : {&archive_settings(), &network_settings()})
    command.settings.insert(command.settings.end(), group->begin(), group->end());
  command.settings.push_back(&log_format);
  return command;
}

}  // namespace acedt::cli
