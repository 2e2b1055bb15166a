// The command `mirror batch-serialize`: puts settings, log and displays together, and runs serialize::run().

#include "cli/batch_serialize.hpp"

#include "acedt/base/error.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/cli/configuration.hpp"
#include "acedt/serialize/run.hpp"
#include "cli/archive_settings.hpp"
#include "cli/audience.hpp"
#include "cli/network_settings.hpp"
#include "cli/output_settings.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view about = R"(Examples:
  ace-dt mirror batch-serialize gather.csv sync/data
  ace-dt mirror batch-serialize gather.csv sync/data --compression zstd --recursive

BATCH-LIST is a CSV file with a header and the columns name and artifact. Artifacts that are in the
tracker file of SYNC-DIRECTORY are skipped. Content that earlier archives of the folder have is not
fetched again. After an interruption, the same command continues where the run stopped, even
within a blob.

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
/etc/ace/dt/config.yaml; the first that exists is used. Every flag except --config, --report
and --debug can be set there, too: see ace-dt config --sample.

Exit status: 0 all done, 1 another error, 2 usage or list, 3 some rows failed (--keep-going),
4 credentials, 5 not found, 6 network, 7 rate limit, 8 no space on the disk, 9 content that does not
match its digest, 10 another process is using the folder, 130 or 143 interrupted.
)";

constexpr Flag batch_list = {"BATCH-LIST", "", "CSV file that lists the artifacts"};
constexpr Flag sync_directory = {"SYNC-DIRECTORY", "", "Folder for the archives; created if it is missing"};

void run(const Flags& flags, Process& process) {
  const Setup setup = set_up(flags, process.environment);
  const serialize::Options options = options_of(flags, setup.settings.values);
  const auto check = [&](const OutputFiles& files) {
    check_output_files(
        files, {{options.sync_directory / options.tracker_filename, "the tracker"}, {options.batch_list, "the list"}});
  };
  show(flags, setup, process, check,
       [&](report::Observer& observer, const Log& log) { serialize::run(options, observer, log); });
}

}  // namespace

serialize::Options options_of(const Flags& flags, const Values& values) {
  serialize::Options options = values.serialize;
  options.engine = values.engine;
  options.batch_list = flags.last(batch_list);
  options.sync_directory = flags.last(sync_directory);
  // An empty argument is usually an unset variable of a script. It would mean the current folder.
  if (options.batch_list.empty()) throw Error(ErrorKind::usage, "BATCH-LIST is empty");
  if (options.sync_directory.empty()) throw Error(ErrorKind::usage, "SYNC-DIRECTORY is empty");
  return options;
}

Command batch_serialize_command() {
  Command command = {.words = "mirror batch-serialize",
                     .purpose = "Archive the artifacts of a list in a folder, each in a tar file",
                     .about = about,
                     .arguments = {&batch_list, &sync_directory},
                     .flags = {&report_flag, &debug_flag},
                     .run = run};
  for (const auto* group : {&archive_settings(), &network_settings(), &output_settings()})
    command.settings.insert(command.settings.end(), group->begin(), group->end());
  return command;
}

}  // namespace acedt::cli
