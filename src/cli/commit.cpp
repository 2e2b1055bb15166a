// The command `mirror commit`.

#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/cli/configuration.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/serialize/plan.hpp"
#include "cli/archive_settings.hpp"
#include "cli/audience.hpp"
#include "cli/batch_serialize.hpp"
#include "cli/output_settings.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view words = "mirror commit";

constexpr std::string_view about = R"(Examples:
  ace-dt mirror commit gather.plan sync/data
  ace-dt mirror commit gather.plan sync/data /media/node7 /media/node8

Gives the archives that the parts of a plan made their names in SYNC-DIRECTORY, in the order of the
list, and records them in ledger and tracker. Looks for them in SYNC-DIRECTORY and in each
SHARD-DIRECTORY, a folder that a part was carried out in. Archives are moved; from another file
system they are copied.

Stops before the first archive that is missing. With --keep-going, passes over it, and over the
archives that need it. Says which parts to run again. May be run again at any time.

Exit status:
  0   every archive of the plan is in the folder, and every row of the list is in the plan
  3   archives are missing, or rows of the list could not be planned
  2   usage, or the plan does not fit the folder; others as for batch-serialize
)";

constexpr Flag plan = {"PLAN", "", "File that mirror plan made"};
constexpr Flag planned_folder = {"SYNC-DIRECTORY", "", "Folder that the plan was made for"};
constexpr Flag shard_directories = {"SHARD-DIRECTORY", "", "Other folders in which parts were carried out", true};

std::string archives(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " archive" : " archives");
}

/// Returns "1/4, 3/4".
std::string texts_of(const std::vector<plan::Shard>& shards) {
  std::string text;
  for (const plan::Shard& shard : shards) text += (text.empty() ? "" : ", ") + shard.text();
  return text;
}

/// Returns what is missing, for the end of the run.
std::vector<report::Problem> problems_of(const serialize::Committed& committed) {
  std::vector<report::Problem> problems;
  if (committed.missing > 0) {
    std::string text = archives(committed.missing) + " missing, the first of them " + committed.first_missing;
    if (committed.waiting > 0) text += "; " + archives(committed.waiting) + " wait for them";
    std::string hint = "run the parts again that did not end with 0, then this command";
    if (!committed.run_again.empty())
      hint = "run these parts again, then this command: --shard " + texts_of(committed.run_again);
    problems.push_back({ErrorKind::not_found, std::move(text), std::move(hint)});
  }
  for (const serialize::PlanRow& row : committed.failed)
    problems.push_back({ErrorKind::bad_input, "not in the plan: " + row.problem, "make a new plan for this row"});
  return problems;
}

void add(const serialize::Committed& committed, ui::Totals& totals) {
  totals.done = committed.archives;
  totals.skipped = committed.before;
  totals.left = committed.missing + committed.waiting;
  totals.failed = committed.failed.size();
  if (totals.failed > 0) totals.failures["bad-input"] = totals.failed;
  if (committed.missing > 0) totals.failures["not-found"] = committed.missing;
}

void run(const Flags& flags, Process& process) {
  const Setup setup = set_up(flags, process.environment);
  const Values& values = setup.settings.values;
  const Log log = start_log(setup, process);
  std::vector<std::filesystem::path> shards;
  for (const std::string& directory : flags.all(shard_directories)) shards.emplace_back(directory);
  const std::string file = required(plan, flags, words);
  const std::string folder = required(planned_folder, flags, words);
  count(flags, process, log, run_start(words, folder), {{file, "the plan"}},
        [&](report::Observer&, ui::Totals& totals) {
          const serialize::Committed committed =
              serialize::commit_plan(file, folder, shards, values.serialize.keep_going, log);
          add(committed, totals);
          print_line(process, values, LogLevel::info,
                     "committed " + archives(committed.archives) +
                         (committed.before > 0 ? ", " + std::to_string(committed.before) + " before" : ""),
                     {{"archives", std::to_string(committed.archives)}, {"before", std::to_string(committed.before)}});
          std::vector<report::Problem> problems = problems_of(committed);
          if (!problems.empty()) throw engine::SomeFailed(std::move(problems));
        });
}

}  // namespace

Command commit_command() {
  return {.words = words,
          .purpose = "Put the archives that the parts of a plan made into the folder",
          .about = about,
          .arguments = {&plan, &planned_folder},
          .optional_arguments = {&shard_directories},
          .flags = {&metrics_flag},
          .settings = {&keep_going, &log_format},
          .run = run};
}

}  // namespace acedt::cli
