#include "acedt/cli/args.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "cli/nearest.hpp"
#include "cli/verbosity.hpp"

namespace acedt::cli {
namespace {

constexpr unsigned max_connections = 1024;
constexpr const char* example = R"(Example:
  ace-dt mirror batch-serialize gather.csv sync/data
)";
constexpr const char* about_batch_serialize = R"(Examples:
  ace-dt mirror batch-serialize gather.csv sync/data
  ace-dt mirror batch-serialize gather.csv sync/data --compression zstd --recursive

BATCH-LIST is a CSV file with a header and the columns name and artifact. Artifacts that the
tracker file in SYNC-DIRECTORY has are skipped, and what earlier archives of the folder have is
not fetched again. After a run that was interrupted, the same command goes on from there, within
an archive and a blob too.

Environment:
  ACE_DT_CONFIG           configuration files, separated by colons, instead of the usual places
  ACE_DT_VERBOSITY        the default of --verbosity
  ACE_DT_CONCURRENT_HTTP  connections, where no flag says how many
  REGISTRY_AUTH_FILE      file with credentials, instead of the usual places; before it counts
                          ACE_DT_REGISTRY_AUTH_FILE
  DOCKER_CONFIG           folder of docker's config.json with credentials (default ~/.docker)
  SSL_CERT_FILE           certificates to trust, instead of the system's; SSL_CERT_DIR likewise
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY
                          proxies, http://, https:// or socks5://[USER:PASSWORD@]HOST:PORT, and the
                          hosts to reach without; also in lower case, which comes first

Configuration files: ./ace-dt-config.yaml, $XDG_CONFIG_HOME/ace/dt/config.yaml,
/etc/ace/dt/config.yaml; the first that is there is used.

Exit status: 0 all done, 1 another error, 2 usage or list, 3 some rows failed (--keep-going),
4 credentials, 5 not found, 6 network, 7 rate limit, 8 no space on the disk, 9 content that is not
what its digest says, 10 another process is at work in the folder, 130 or 143 interrupted.
)";

constexpr const char* about_config = R"(Examples:
  ace-dt config
  ace-dt config --sample > ace-dt-config.yaml

Prints a configuration file with all that is in effect; a comment behind each value says whether
that is from a file, an environment variable or a flag, or the default.
)";

constexpr const char* about_login = R"(Examples:
  ace-dt login reg.example.com
  ace-dt login -u robot --password-stdin reg.example.com < token
  ace-dt login reg.example.com/team

The login is kept where pulls look for it first: in the file that ACE_DT_REGISTRY_AUTH_FILE,
REGISTRY_AUTH_FILE, registryAuthFile in the configuration file or DOCKER_CONFIG names, else in the
first of the usual files that is there, else in ~/.docker/config.json. Where that file has a
credential helper for the registry, the helper keeps it. docker, podman and skopeo read it, too.
)";

/// Words of the command line, not looked at yet; empty where they were not given.
struct Flags {
  std::string command;  // the last word of its name; empty: none, and thus help
  std::string batch_list;
  std::string sync_directory;
  std::string tracker_filename;
  std::string compression;
  std::string compression_level;
  std::string dedup;
  std::string connections;
  std::string connections_per_host;
  std::string memory;
  std::string retries;
  std::string retry_max_wait;
  std::string stall_timeout;
  std::string debug;
  std::string report;
  std::vector<std::string> config;
  std::vector<std::string> ca_files;
  std::string max_rate;
  std::string max_requests_per_second;
  bool manifest_json = false;
  bool recursive = false;
  bool quiet = false;
  bool no_term = false;
  bool keep_going = false;
  bool sample = false;
  std::string registry;
  std::string user;
  std::string password;
  bool password_stdin = false;
  bool no_auth_check = false;
};

/// What CLI11 knows: the grammar. Its one use is to turn a command line into Words.
class Grammar {
 public:
  Grammar() {
    root_.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    add_common_flags(root_);
    CLI::App& mirror = add_app(root_, "mirror", "Move artifacts over an air gap");
    add_recursive(mirror);
    add_batch_serialize(
        add_app(mirror, "batch-serialize", "Archive the artifacts of a list in a folder, each in a tar file"));
    add_config(add_app(root_, "config", "Show the configuration, and where each value is from"));
    add_login(add_app(root_, "login", "Log in to a registry, and keep the login for pulls"));
    add_logout(add_app(root_, "logout", "Forget the login for a registry"));
  }

  /// The words, or what to print. Throws Error(bad_input).
  std::variant<Flags, std::string> parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
      root_.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
      return root_.help();
    } catch (const CLI::CallForVersion&) {
      return "ace-dt " ACEDT_VERSION "\n";
    } catch (const CLI::ParseError& problem) {
      refuse_unknown_words();
      throw Error(ErrorKind::usage, problem.what()).hint(see_help());
    }
    if (flags_.command.empty()) return root_.help();
    return flags_;
  }

 private:
  /// The innermost command of the command line, and what leads to it.
  std::vector<CLI::App*> commands() {
    std::vector<CLI::App*> found = {&root_};
    while (!found.back()->get_subcommands().empty()) found.push_back(found.back()->get_subcommands().front());
    return found;
  }
  std::string command() {
    std::string names;
    for (const CLI::App* app : commands()) names.append(names.empty() ? "" : " ").append(app->get_name());
    return names;
  }
  std::string see_help() { return "see " + command() + " --help"; }

  /// "there is mirror batch-serialize, config": the commands below `app`.
  static std::string there_is(CLI::App& app) {
    std::string names;
    const auto add = [&](const std::string& name) { names.append(names.empty() ? "there is " : ", ").append(name); };
    for (CLI::App* below : app.get_subcommands([](CLI::App*) { return true; })) {
      const auto last = below->get_subcommands([](CLI::App*) { return true; });
      if (last.empty()) add(below->get_name());
      for (const CLI::App* one : last) add(below->get_name() + " " + one->get_name());
    }
    return names;
  }

  /// Throws for the word that made CLI11 fail, where it is one that CLI11 did not know.
  void refuse_unknown_words() {
    const std::vector<std::string> unknown = root_.remaining(true);
    const auto flag = std::find_if(unknown.begin(), unknown.end(),
                                   [](const std::string& word) { return word.size() > 1 && word.starts_with('-'); });
    if (flag != unknown.end() && *flag != "--") refuse_flag(*flag);
    if (unknown.empty()) return;
    CLI::App& app = *commands().back();
    const std::string known = there_is(app);
    if (known.empty())
      throw Error(ErrorKind::usage, "unexpected argument " + in_quotes(unknown.front()))
          .hint(app.get_name() + " takes " + arguments_of(app) + "; " + see_help());
    throw Error(ErrorKind::usage, "unknown command " + in_quotes(unknown.front()) + " for " + command())
        .hint(known + "; " + see_help());
  }

  /// "two, BATCH-LIST and SYNC-DIRECTORY", or "none".
  static std::string arguments_of(CLI::App& app) {
    static constexpr std::array counts = {"none", "one, ", "two, "};
    std::string names;
    std::size_t count = 0;
    for (const CLI::Option* option : app.get_options([](CLI::Option* one) { return one->get_positional(); })) {
      names.append(count == 0 ? "" : " and ").append(option->get_name(true));
      ++count;
    }
    return counts.at(count) + names;
  }

  [[noreturn]] void refuse_flag(const std::string& word) {
    const std::string flag = word.substr(0, word.find('='));
    std::vector<std::string> known;
    for (const CLI::Option* option : commands().back()->get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    const std::string meant = nearest(flag, known);
    throw Error(ErrorKind::usage, "unknown flag: " + flag)
        .hint(meant.empty() ? see_help() : "did you mean " + meant + "? " + see_help());
  }

  CLI::App& add_app(CLI::App& parent, const std::string& name, const std::string& purpose) {
    CLI::App& app = *parent.add_subcommand(name, purpose);
    add_common_flags(app);
    return app;
  }

  /// What is run is the command `app`.
  void is_command(CLI::App& app) {
    app.callback([this, name = app.get_name()] { flags_.command = name; });
  }

  void add_common_flags(CLI::App& app) {
    app.require_subcommand(0, 1);
    app.footer(example);
    app.set_help_flag("-h,--help", "Print this help");
    app.set_version_flag("--version", "")->description("Print the version");
    const auto add_config = [this](const std::vector<std::string>& files) {
      flags_.config.insert(flags_.config.end(), files.begin(), files.end());
    };
    app.add_option_function<std::vector<std::string>>(
           "--config", add_config, "Configuration file; may be repeated: the first that is there is used")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("FILE");
    // Here for the help only: see without_verbosity().
    app.add_option("-v,--verbosity")
        ->description(
            "What to log: error, warn (default), info, debug, or a number\n(0, 4, 8, 12); -vv is info, -vvv is debug")
        ->type_name("LEVEL");
  }

  void add_recursive(CLI::App& app) {
    app.add_flag("-r,--recursive", flags_.recursive, "Archive referrers too: signatures, SBOMs, attestations");
  }
  void add_connections(CLI::App& app) {
    const serialize::Options defaults;
    app.add_option("--connections", flags_.connections,
                   connections_help("at a time, 1 to 1024", defaults.engine.connections))
        ->type_name("N");
    app.add_option("--connections-per-host", flags_.connections_per_host,
                   connections_help("to one host, 1 to 1024", defaults.engine.connections_per_host))
        ->type_name("N");
  }
  void add_no_term(CLI::App& app) {
    app.add_flag("--no-term", flags_.no_term, "Lines as for a file, also where stdout is a terminal");
  }

  void add_config(CLI::App& app) {
    is_command(app);
    app.add_flag("--sample", flags_.sample, "Print a commented file to begin with, instead");
    add_connections(app);
    add_no_term(app);
    app.footer(about_config);
  }

  void add_login(CLI::App& app) {
    is_command(app);
    add_registry(app);
    app.add_option("-u,--username", flags_.user, "Who logs in; asked for where it is missing")->type_name("NAME");
    app.add_option("-p,--password", flags_.password,
                   "Where the password is: env:VARIABLE, file:PATH or cmd:PROGRAM ARGUMENTS\n"
                   "(without a shell)")
        ->type_name("WHERE");
    app.add_flag("--password-stdin", flags_.password_stdin, "Read the password from standard input");
    app.add_flag("--no-auth-check", flags_.no_auth_check,
                 "Keep the login without asking the registry whether it is good");
    add_ca_file(app);
    app.footer(about_login);
  }

  void add_logout(CLI::App& app) {
    is_command(app);
    add_registry(app);
  }

  void add_registry(CLI::App& app) {
    app.add_option("REGISTRY", flags_.registry, "host[:port], or host[:port]/namespace for its repositories alone")
        ->required()
        ->type_name("");
  }

  void add_batch_serialize(CLI::App& app) {
    const serialize::Options defaults;
    is_command(app);
    add_recursive(app);
    app.add_option("BATCH-LIST", flags_.batch_list, "CSV file with the artifacts")->required()->type_name("");
    app.add_option("SYNC-DIRECTORY", flags_.sync_directory, "Folder for the archives; made where it is missing")
        ->required()
        ->type_name("");
    app.add_option("--tracker-filename", flags_.tracker_filename,
                   "File in SYNC-DIRECTORY with what is archived (default " + defaults.tracker_filename + ")")
        ->type_name("NAME");
    app.add_option("--compression", flags_.compression, "zstd, gzip or none (default)")->type_name("KIND");
    app.add_option("--compression-level", flags_.compression_level, level_help())->type_name("N");
    app.add_flag("--manifest-json", flags_.manifest_json, "Add a manifest.json, for docker load");
    app.add_option("--dedup", flags_.dedup,
                   "Earlier archives whose blobs are not stored again: folder, all of\n"
                   "them (default); name, those of the same name; none")
        ->type_name("SCOPE");
    add_connections(app);
    app.add_option("--memory", flags_.memory,
                   "Most memory for connections and compression, such as 48MiB or 1GB\n"
                   "(default: 256 KiB a connection; with --compression, 64 MiB more,\n"
                   "and what each processor's compressor takes)")
        ->type_name("SIZE");
    app.add_option("--retries", flags_.retries,
                   "How often in a row a request is tried again, without progress between\n"
                   "(default " +
                       std::to_string(defaults.engine.retry.retries) + ")")
        ->type_name("N");
    app.add_option("--retry-max-wait", flags_.retry_max_wait,
                   "Longest wait before that, as for a registry that asks for patience\n"
                   "(default " +
                       human(defaults.engine.retry.max_wait) + ")")
        ->type_name("TIME");
    app.add_option("--stall-timeout", flags_.stall_timeout,
                   "Give up on a connection that takes longer for 4 KiB (default " +
                       human(defaults.engine.timeouts.stall) + ")")
        ->type_name("TIME");
    app.add_flag("--keep-going", flags_.keep_going,
                 "Pass over artifacts that cannot be had, and report them at the end");
    app.add_option("--report", flags_.report, "Write what became of each row to FILE, as JSON")->type_name("FILE");
    add_network(app);
    app.add_flag("-q,--quiet", flags_.quiet, "Nothing on stdout; errors still go to stderr");
    add_no_term(app);
    app.add_option("--debug", flags_.debug, "Write all that happens to PATH/events.jsonl, and nothing to stdout")
        ->type_name("PATH");
    app.footer(about_batch_serialize);
  }

  void add_ca_file(CLI::App& app) {
    app.add_option("--ca-file", flags_.ca_files,
                   "Certificates of authorities to trust beside the system's, in PEM form;\nmay be repeated")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("FILE");
  }

  void add_network(CLI::App& app) {
    add_ca_file(app);
    app.add_option("--max-rate", flags_.max_rate, "Most bytes received in a second, such as 100MB (default: any)")
        ->type_name("SIZE");
    app.add_option("--max-requests-per-second", flags_.max_requests_per_second,
                   "Most requests made in a second (default: any)")
        ->type_name("N");
  }

  static std::string connections_help(const std::string& which, unsigned usual) {
    return "HTTP connections " + which + " (default " + std::to_string(usual) + ")";
  }

  static std::string level_help() {
    const auto range = [](codec::Compression compression) {
      const codec::LevelRange levels = codec::level_range(compression);
      return std::to_string(levels.min) + " to " + std::to_string(levels.max) + " (default " +
             std::to_string(levels.default_) + ")";
    };
    return "For zstd " + range(codec::Compression::zstd) + ", for gzip " + range(codec::Compression::gzip);
  }

  Flags flags_;
  CLI::App root_{"Tools for artifacts in OCI registries", "ace-dt"};
};

/// CLI11 takes the value of `--flag=` from the next word, where it is the empty one here, and does not know `-q=false`.
std::vector<std::string> as_cli11_reads(const std::vector<std::string>& command_line) {
  std::vector<std::string> out;
  bool flags = true;
  for (std::string word : command_line) {
    flags = flags && word != "--";
    if (flags && word.starts_with("-q=")) word.replace(0, 2, "--quiet");
    if (flags && word.starts_with("-r=")) word.replace(0, 2, "--recursive");
    const bool empty_value = flags && word.starts_with("--") && word.find('=') == word.size() - 1;
    if (empty_value) word.pop_back();
    out.push_back(std::move(word));
    if (empty_value) out.emplace_back();
  }
  return out;
}

unsigned number_within(const std::string& text, const std::string& flag, unsigned least, unsigned most) {
  const auto number = to_number(text);
  if (!number || *number < least || *number > most)
    throw Error(ErrorKind::usage, flag + ": got " + in_quotes(text) + ", want a number from " + std::to_string(least) +
                                      " to " + std::to_string(most));
  return static_cast<unsigned>(*number);
}

std::optional<unsigned> connections(const std::string& text, const std::string& flag, const Environment& environment) {
  if (!text.empty()) return number_within(text, flag, 1, max_connections);
  const std::string usual = environment("ACE_DT_CONCURRENT_HTTP").value_or("");
  if (usual.empty()) return std::nullopt;
  try {
    return concurrent_http(usual);
  } catch (Error& error) {
    error.add("ACE_DT_CONCURRENT_HTTP");
    throw;
  }
}

Bytes parse_size(const std::string& text, const std::string& flag) {
  const auto size = parse_bytes(text);
  if (!size) throw Error(ErrorKind::usage, flag + ": got " + in_quotes(text) + ", want a size such as 48MiB or 1GB");
  return *size;
}

void set_limits(const Flags& flags, serialize::Options& options) {
  constexpr Bytes min_rate = 10_KiB;  // below, connections would be silent for longer than servers wait
  constexpr unsigned max_requests = 100'000;
  if (!flags.max_rate.empty()) options.engine.max_rate = parse_size(flags.max_rate, "--max-rate");
  if (options.engine.max_rate && *options.engine.max_rate < min_rate)
    throw Error(ErrorKind::usage, "--max-rate: got " + in_quotes(flags.max_rate) + ", want 10KiB or more");
  if (flags.max_requests_per_second.empty()) return;
  options.engine.max_requests_per_second =
      number_within(flags.max_requests_per_second, "--max-requests-per-second", 1, max_requests);
}

std::chrono::milliseconds parse_wait(const std::string& text, const std::string& flag) {
  const auto wait = parse_duration(text);
  if (!wait)
    throw Error(ErrorKind::usage, flag + ": got " + in_quotes(text) + ", want a time such as 500ms, 30s or 2m");
  return *wait;
}

void set_timeouts(const Flags& flags, serialize::Options& options) {
  constexpr unsigned max_retries = 1000;
  if (!flags.retries.empty())
    options.engine.retry.retries = static_cast<int>(number_within(flags.retries, "--retries", 0, max_retries));
  if (!flags.retry_max_wait.empty())
    options.engine.retry.max_wait = parse_wait(flags.retry_max_wait, "--retry-max-wait");
  if (!flags.stall_timeout.empty()) options.engine.timeouts.stall = parse_wait(flags.stall_timeout, "--stall-timeout");
  if (options.engine.timeouts.stall.count() == 0)
    throw Error(ErrorKind::usage, "--stall-timeout: nothing comes in no time; want a time such as 30s");
}

plan::DedupScope parse_dedup(const std::string& text) {
  if (text.empty() || text == "folder") return plan::DedupScope::folder;
  if (text == "name") return plan::DedupScope::name;
  if (text == "none") return plan::DedupScope::none;
  throw Error(ErrorKind::usage, "--dedup: got " + in_quotes(text) + ", want folder, name or none");
}

void set_compression(const Flags& flags, serialize::Options& options) {
  if (!flags.compression.empty()) options.compression = codec::parse_compression(flags.compression);
  if (flags.compression_level.empty()) return;
  if (options.compression == codec::Compression::none)
    throw Error(ErrorKind::usage, "--compression-level without --compression")
        .hint("add --compression zstd or --compression gzip, or leave the level out");
  const codec::LevelRange levels = codec::level_range(options.compression);
  options.compression_level =
      static_cast<int>(number_within(flags.compression_level, "--compression-level for " + flags.compression,
                                     static_cast<unsigned>(levels.min), static_cast<unsigned>(levels.max)));
}

/// Where docker, podman, containerd and the reference have the certificates of hosts.
net::CertificateFiles certificates(const Flags& flags, const Environment& environment) {
  net::CertificateFiles files;
  files.authorities.assign(flags.ca_files.begin(), flags.ca_files.end());
  files.folders = {"/etc/containerd/certs.d", "/etc/docker/certs.d"};
  const std::filesystem::path home = environment("HOME").value_or("");
  if (!home.empty()) files.folders.push_back(home / ".docker/certs.d");
  files.folders.emplace_back("/etc/containers/certs.d");
  if (!home.empty()) files.folders.push_back(home / ".config/containers/certs.d");
  return files;
}

/// Lower case comes first, as everywhere.
http::ProxyRules proxies(const Environment& environment) {
  const auto value = [&](const std::string& name) {
    const std::string upper = environment(name).value_or("");
    const std::string in_lower_case = environment(lower(name)).value_or("");
    return in_lower_case.empty() ? upper : in_lower_case;
  };
  return http::ProxyRules({.http = value("HTTP_PROXY"),
                           .https = value("HTTPS_PROXY"),
                           .all = value("ALL_PROXY"),
                           .none = value("NO_PROXY")});
}

std::vector<std::filesystem::path> config_files(const Flags& flags) {
  return {flags.config.begin(), flags.config.end()};
}

LogIn log_in(const Flags& flags, const Environment& environment) {
  return {flags.registry,       flags.user,           flags.password,
          flags.password_stdin, !flags.no_auth_check, certificates(flags, environment),
          proxies(environment), config_files(flags)};
}

/// What every command may be told, and where it is from.
Arguments common(const Flags& flags, const Environment& environment) {
  Arguments out;
  out.connections = connections(flags.connections, "--connections", environment);
  out.connections_per_host = connections(flags.connections_per_host, "--connections-per-host", environment);
  out.no_term = flags.no_term;
  out.config_files = config_files(flags);
  const auto from = [&](const std::string& value, const std::string& word, const std::string& flag) {
    out.sources[value] = word.empty() ? "ACE_DT_CONCURRENT_HTTP" : flag;
  };
  if (out.connections) from("connections", flags.connections, "--connections");
  if (out.connections_per_host) from("connections_per_host", flags.connections_per_host, "--connections-per-host");
  if (out.no_term) out.sources["no_term"] = "--no-term";
  return out;
}

void set_level(Arguments& out, std::optional<LogLevel> of_flags, const Environment& environment) {
  const std::string usual = environment("ACE_DT_VERBOSITY").value_or("");
  if (of_flags) {
    out.log_level = *of_flags;
    out.sources["log_level"] = "--verbosity";
  } else if (!usual.empty()) {
    out.log_level = parse_level(usual, "ACE_DT_VERBOSITY");
    out.sources["log_level"] = "ACE_DT_VERBOSITY";
  }
}

Arguments batch_serialize(const Flags& flags, const Environment& environment) {
  // An empty one is a slip of a script, and would mean the current folder.
  if (flags.batch_list.empty()) throw Error(ErrorKind::usage, "BATCH-LIST is empty");
  if (flags.sync_directory.empty()) throw Error(ErrorKind::usage, "SYNC-DIRECTORY is empty");
  Arguments out = common(flags, environment);
  out.options.batch_list = flags.batch_list;
  out.options.sync_directory = flags.sync_directory;
  if (!flags.tracker_filename.empty()) out.options.tracker_filename = flags.tracker_filename;
  set_compression(flags, out.options);
  set_timeouts(flags, out.options);
  set_limits(flags, out.options);
  out.options.manifest_json = flags.manifest_json;
  out.options.recursive = flags.recursive;
  out.options.keep_going = flags.keep_going;
  out.options.dedup = parse_dedup(flags.dedup);
  if (!flags.memory.empty()) out.options.engine.memory = parse_size(flags.memory, "--memory");
  out.options.engine.certificates = certificates(flags, environment);
  out.options.engine.proxies = proxies(environment);
  out.quiet = flags.quiet;
  out.debug = flags.debug;
  out.report = flags.report;
  return out;
}

}  // namespace

Command parse_arguments(const std::vector<std::string>& command_line, const Environment& environment) {
  std::optional<LogLevel> level;
  const std::vector<std::string> rest = without_verbosity(command_line, level);
  Grammar grammar;
  auto parsed = grammar.parse(as_cli11_reads(rest));
  if (auto* text = std::get_if<std::string>(&parsed)) return std::move(*text);
  const auto& flags = std::get<Flags>(parsed);
  const auto with_level = [&](Arguments arguments) {
    set_level(arguments, level, environment);
    return arguments;
  };
  if (flags.command == "config") return ShowConfig{flags.sample, with_level(common(flags, environment))};
  if (flags.command == "login") return log_in(flags, environment);
  if (flags.command == "logout") return LogOut{flags.registry, config_files(flags)};
  return with_level(batch_serialize(flags, environment));
}

Display display_for(const Arguments& arguments, bool on_terminal) {
  if (!arguments.debug.empty()) return Display::debug;
  if (arguments.quiet) return Display::quiet;
  return on_terminal && !arguments.no_term ? Display::terminal : Display::lines;
}

std::optional<unsigned> concurrent_http(std::string_view text) {
  long long number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size())
    throw Error(ErrorKind::usage, "got " + in_quotes(text) + ", want a whole number");
  if (number < 1) return std::nullopt;
  return static_cast<unsigned>(std::min<long long>(number, max_connections));
}

}  // namespace acedt::cli
