// The command `mirror verify`.

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <span>

#include "acedt/async/runtime.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/cli/configuration.hpp"
#include "acedt/deserialize/compare.hpp"
#include "acedt/sync/archive_name.hpp"
#include "acedt/sync/files.hpp"
#include "acedt/verify/checksums.hpp"
#include "acedt/verify/text.hpp"
#include "acedt/verify/verify.hpp"
#include "cli/archive_settings.hpp"
#include "cli/audience.hpp"
#include "cli/network_settings.hpp"
#include "cli/output_settings.hpp"
#include "cli/shard_flags.hpp"
#include "cli/tag_flags.hpp"

namespace acedt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view about = R"(Examples:
  ace-dt mirror verify sync/data
  ace-dt mirror verify --full --report report.json /media/disc
  ace-dt mirror verify --assume successful-syncs.csv sync/data
  ace-dt mirror verify sync/data --against registry.example/mirror --report proof.json
  ace-dt mirror verify --full --shard 3/8 sync/data
  ssh other-side cat 000001-tools.tar | ace-dt mirror verify -

Checks that the archives of a folder, or one archive, can be pushed on the other side. Compares
names, numbers, sizes and root digests with the tracker and the ledger. Reads the headers and
manifests of each archive, and makes sure that all content that they name is in it or in an archive
of lower number. With --full, also compares every blob with its digest. A pipe (-) is always checked
completely.

Prints one line for each finding: a note, what is missing or what is damaged, and what to do.

With --against, asks the registry whether DESTINATION has every manifest, blob, tag and list of
referrers that a push of the folder leaves there. What it lacks counts as missing. The report is
then a proof that everything arrived: its text depends only on the folder, DESTINATION and the
version of the program. Give --tag-as and --no-tag as for the push.

With --shard I/N, checks the archives of share I: they are divided by the sizes of their files. Shard
1 also reports on the folder itself. If all of 1/N to N/N end with 0, the folder is as good as after
a check without --shard. A shard reads the headers of other plain archives, and believes the ledger
about compressed ones; those that the ledger does not have are decoded. So what is missing only
because a compressed archive of another shard is damaged is not listed: that damage is. --shard needs
a folder, and refuses --checksums and --against.

Opens no connection except with --against. Takes no lock, and writes only what --report, --metrics
and --checksums ask for, so the folder may be on a read-only medium.

Exit status:
  0   the archives can be used
  5   content is missing
  9   content is damaged
  2   usage; others as for batch-deserialize
)";

constexpr Flag path_argument = {"PATH", "",
                                "Folder with archives (SYNC-DIRECTORY), an archive, or - for standard input"};
constexpr Flag full = {"--full", "", "Compare every blob with its digest"};
constexpr Flag assume = {
    "--assume", "FILE",
    "Content that the other side already has: its successful-syncs.csv, a ledger, a report of verify, or "
    "a list of digests; may be repeated",
    true};
constexpr Flag checksums = {"--checksums", "write|check",
                            "Write checksums.csv, with the SHA-256 of each archive; or compare the archives with it",
                            false, "write check"};
constexpr Flag against = {"--against", "DESTINATION",
                          "Also ask whether REGISTRY/REPOSITORY has all content of the folder"};
constexpr Flag report = {"--report", "FILE", "Write the result as JSON (docs/verify.schema.json)"};

verify::Assumed assumed_by(const Flags& flags) {
  verify::Assumed assumed;
  for (const std::string& file : flags.all(assume)) verify::assume(assumed, read_file(file), file);
  return assumed;
}

std::size_t read_standard_input(std::span<std::byte> buffer) {
  for (;;) {
    const ssize_t n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) throw_errno("read standard input");
  }
}

verify::Result check(const std::string& path, const verify::Options& options) {
  if (path == "-") return verify::verify_stream(read_standard_input, "standard input", options.assumed);
  if (fs::is_directory(path)) return verify::verify_folder(fs::path(path) / "", options);
  const fs::path archive = sync::joined_path(path);
  if (!fs::exists(path) && !is_there(Disk::real(), archive))
    throw Error(ErrorKind::usage, "no such folder or file: " + path)
        .hint("name the folder with the archives, or one archive");
  return verify::verify_file(archive, options);
}

/// Writes checksums.csv if nothing is damaged, or compares the archives with it.
void use_checksums(const std::string& mode, const fs::path& folder, const verify::Options& options,
                   verify::Result& result) {
  std::vector<std::string> files;
  for (const verify::Examined& archive : result.archives) {
    if (archive.unreadable.empty() && archive.parts.empty()) files.push_back(archive.file);
    files.insert(files.end(), archive.parts.begin(), archive.parts.end());
  }
  const fs::path path = folder / verify::checksums_file;
  if (mode == "check") {
    const auto recorded = verify::parse_checksums(read_file(path), path.string());
    const auto found = verify::compare(recorded, verify::checksums_of(folder, files, options.threads), options.assumed);
    result.findings.insert(result.findings.end(), found.begin(), found.end());
  } else if (severest(result) == verify::Severity::damaged) {
    result.findings.push_back({verify::Severity::note, "", path.string(), "not written, because archives are damaged"});
  } else {
    replace_file(path, text_of(verify::checksums_of(folder, files, options.threads)));
  }
}

/// Adds a finding for everything that the repository lacks.
void compare_with(const std::string& destination, const Setup& setup, const Flags& flags, report::Observer& observer,
                  verify::Result& result) {
  const deserialize::BatchOptions options{.push = {.engine = setup.settings.values.engine},
                                          .sync_directory = flags.last(path_argument),
                                          .destination = destination,
                                          .tag_as = tags_of(flags),
                                          .no_tag = flags.is_on(no_tag)};
  for (const deserialize::Compared& archive : deserialize::compare(options, observer))
    for (const auto& [subject, what] : archive.differences)
      result.findings.push_back({verify::Severity::incomplete, archive.archive, subject, what + " at " + destination,
                                 "push it there with `ace-dt mirror batch-deserialize --ignore-record`"});
  result.against = destination;
}

/// Refuses wrong flags before anything is read. Throws Error(usage).
void check_flags(const Flags& flags, bool is_shard) {
  const std::string mode = flags.chosen(checksums);
  const std::string path = flags.last(path_argument);
  if (!mode.empty() && !fs::is_directory(path))
    throw Error(ErrorKind::usage, "--checksums: " + path + " is not a folder")
        .hint("name the folder with the archives");
  if (!flags.last(against).empty() && !fs::is_directory(path))
    throw Error(ErrorKind::usage, "--against: " + path + " is not a folder").hint("name the folder with the archives");
  if (is_shard && (!mode.empty() || !flags.last(against).empty()))
    throw Error(ErrorKind::usage, "--shard: not with --checksums or --against").hint("run them once, without --shard");
  if (is_shard && !fs::is_directory(path))
    throw Error(ErrorKind::usage, "--shard: " + path + " is not a folder").hint("name the folder with the archives");
  const std::string file = fs::path(flags.last(report)).filename().string();
  if (sync::ArchiveName::parse(sync::archive_of(file)))
    throw Error(ErrorKind::usage, "--report: " + file + " has the name of an archive").hint("choose another file name");
}

void write_report(const fs::path& path, const std::string& text) {
  Output output = Output::open(path);
  output.write(text);
  output.sync();
  output.check();
}

LogLevel level_of(verify::Severity severity) {
  switch (severity) {
    case verify::Severity::damaged: return LogLevel::error;
    case verify::Severity::incomplete: return LogLevel::warn;
    case verify::Severity::note: break;
  }
  return LogLevel::info;
}

void print(std::span<const verify::Finding> findings, const Values& values, Process& process) {
  for (const verify::Finding& finding : findings)
    print_line(process, values, level_of(finding.severity), line_of(finding),
               {{"severity", name(finding.severity)}, {"archive", finding.archive}, {"subject", finding.subject}});
}

/// Counts the archives by their severest findings.
void add(const verify::Result& result, ui::Totals& totals) {
  std::map<std::string_view, verify::Severity> worst;
  for (const verify::Finding& finding : result.findings) {
    verify::Severity& severity = worst.try_emplace(finding.archive, finding.severity).first->second;
    severity = std::max(severity, finding.severity);
    if (finding.severity == verify::Severity::damaged) ++totals.failures["corrupt"];
    if (finding.severity == verify::Severity::incomplete) ++totals.failures["not-found"];
  }
  for (const verify::Examined& archive : result.archives) {
    const auto found = worst.find(archive.file);
    ++(found == worst.end() || found->second == verify::Severity::note ? totals.done : totals.failed);
    totals.blobs += archive.blobs;
  }
}

/// Checks PATH, prints the findings and writes what the flags ask for. Throws unless the archives can be used.
void check_path(const verify::Options& options, const Flags& flags, const Setup& setup, Process& process,
                report::Observer& observer, ui::Totals& totals) {
  const Values& values = setup.settings.values;
  const std::string path = flags.last(path_argument);
  verify::Result result = check(path, options);
  if (const std::string mode = flags.last(checksums); !mode.empty()) use_checksums(mode, path, options, result);
  print(result.findings, values, process);  // also if the registry does not answer
  if (const std::string destination = flags.last(against); !destination.empty()) {
    const std::size_t printed = result.findings.size();
    compare_with(destination, setup, flags, observer, result);
    print(std::span(result.findings).subspan(printed), values, process);
  }
  add(result, totals);
  print_line(process, values, LogLevel::info, summary_of(result));
  if (const std::string file = flags.last(report); !file.empty()) write_report(file, report_of(result, ACEDT_VERSION));
  const std::string what = path == "-" ? "standard input" : path;
  switch (severest(result)) {
    case verify::Severity::damaged:
      throw Error(ErrorKind::corrupt, what + " is damaged: see the findings above")
          .hint("copy the damaged archives again; each finding says what to do");
    case verify::Severity::incomplete:
      throw Error(ErrorKind::not_found, what + " is incomplete: see the findings above")
          .hint("bring what is missing; each finding says what to do");
    case verify::Severity::note: break;
  }
}

void run(const Flags& flags, Process& process) {
  const Setup setup = set_up(flags, process.environment);
  const Log log = start_log(setup, process);
  const std::optional<plan::Shard> shard = shard_of(flags, process.environment);
  check_flags(flags, shard.has_value());
  const verify::Options options = {.tracker_filename = setup.settings.values.serialize.tracker_filename,
                                   .full = flags.is_on(full),
                                   .threads = async::processors(),
                                   .assumed = assumed_by(flags),
                                   .shard = shard};
  const std::string path = flags.last(path_argument);
  const ui::RunStart start = run_start("verify", path, flags.last(against), shard);
  count(flags, process, log, start, {}, [&](report::Observer& observer, ui::Totals& totals) {
    check_path(options, flags, setup, process, observer, totals);
  });
}

}  // namespace

Command verify_command() {
  Command command = {.words = "mirror verify",
                     .purpose = "Check a folder of archives, or one archive",
                     .about = about,
                     .arguments = {&path_argument},
                     .flags = {&full, &assume, &against, &tag_as, &no_tag, &checksums, &report, &metrics_flag,
                               &shard_flag, &shards_flag},
                     .settings = {&tracker_filename, &log_format},
                     .run = run};
  command.settings.insert(command.settings.end(), network_settings().begin(), network_settings().end());
  return command;
}

}  // namespace acedt::cli
