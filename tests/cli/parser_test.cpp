#include "acedt/cli/command.hpp"

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/cli/configuration.hpp"
#include "acedt/cli/login_files.hpp"
#include "cli/audience.hpp"
#include "cli/batch_serialize.hpp"
#include "cli/commands.hpp"
#include "cli/environment.hpp"
#include "cli/login.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace acedt;
using namespace acedt::testing;

namespace {

using Files = std::vector<std::string>;

/// The words of `line`, which are separated by blanks; '' stands for an empty one.
std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> out;
  for (const std::string_view word : split(line, ' ')) out.emplace_back(word == "''" ? "" : word);
  return out;
}

std::string text(std::string_view line) {
  return std::get<std::string>(cli::parse(cli::commands(), words(line)));
}

/// What `line` says for the command `command`.
cli::Flags said(std::string_view line, std::string_view command) {
  const auto parsed = std::get<cli::Parsed>(cli::parse(cli::commands(), words(line)));
  REQUIRE(parsed.command->words == command);
  return parsed.flags;
}

/// What batch-serialize makes of a command line and the environment, without a configuration file.
struct Asked {
  cli::Flags flags;
  cli::Values values;
  serialize::Options options;
};

Asked asked(std::string_view line, std::map<std::string, std::string> variables = {}) {
  Asked out;
  out.flags = said(line, "mirror batch-serialize");
  out.values = cli::resolve(out.flags, environment(std::move(variables)), {}).values;
  out.options = cli::options_of(out.flags, out.values, "mirror batch-serialize");
  return out;
}

/// What follows `ace-dt mirror batch-serialize list.csv sync`.
Asked with(const std::string& flags, std::map<std::string, std::string> variables = {}) {
  return asked("mirror batch-serialize list.csv sync " + flags, std::move(variables));
}

int level(std::string_view line, std::map<std::string, std::string> variables = {}) {
  return static_cast<int>(asked(line, std::move(variables)).values.log_level);
}

struct Refusal {
  std::string what;
  std::string hint;
};

Refusal refusal(std::string_view line, std::map<std::string, std::string> variables = {}) {
  try {
    const auto parsed = std::get<cli::Parsed>(cli::parse(cli::commands(), words(line)));
    const cli::Values values = cli::resolve(parsed.flags, environment(std::move(variables)), {}).values;
    const std::string_view words = parsed.command->words;
    if (words == "mirror batch-serialize" || words == "mirror plan") cli::options_of(parsed.flags, values, words);
  } catch (const Error& error) {
    return {error.what(), error.hint()};
  }
  return {};
}

}  // namespace

TEST_CASE("a list and a folder are enough") {
  const Asked got = asked("mirror batch-serialize gather.csv sync/data");
  CHECK(got.options.batch_list == "gather.csv");
  CHECK(got.options.sync_directory == "sync/data");
  CHECK(got.options.tracker_filename == "record-keeping.csv");
  CHECK(got.options.compression == codec::Compression::none);
  CHECK(got.options.compression_level == std::nullopt);
  CHECK(!got.options.manifest_json);
  CHECK(!got.options.recursive);
  CHECK(got.options.dedup == plan::DedupScope::folder);
  CHECK(got.options.engine.connections == 64);
  CHECK(got.options.engine.connections_per_host == 64);
  CHECK(!got.values.quiet);
  CHECK(!got.values.no_term);
  CHECK(got.flags.last(cli::debug_flag).empty());
  CHECK(got.values.log_level == LogLevel::warn);
  CHECK(got.flags.all(cli::config_flag).empty());
}

TEST_CASE("each flag does what it says, with = and without") {
  for (const auto* line :
       {"--tracker-filename t.csv --compression zstd --compression-level 19 --manifest-json --recursive --quiet "
        "--no-term --debug out --dedup name --connections 1 --connections-per-host 1024 --memory 64MiB "
        "--config c.yaml",
        "--tracker-filename=t.csv --compression=zstd --compression-level=19 --manifest-json=true --recursive=true "
        "--quiet=true --no-term=true --debug=out --dedup=name --connections=1 --connections-per-host=1024 "
        "--memory=64MiB "
        "--config=c.yaml"}) {
    CAPTURE(line);
    const Asked got = with(line);
    CHECK(got.options.tracker_filename == "t.csv");
    CHECK(got.options.compression == codec::Compression::zstd);
    CHECK(got.options.compression_level == 19);
    CHECK(got.options.manifest_json);
    CHECK(got.options.recursive);
    CHECK(got.options.dedup == plan::DedupScope::name);
    CHECK(got.options.engine.connections == 1);
    CHECK(got.options.engine.connections_per_host == 1024);
    CHECK(got.options.engine.memory == 64_MiB);
    CHECK(got.values.quiet);
    CHECK(got.values.no_term);
    CHECK(got.flags.last(cli::debug_flag) == "out");
    CHECK(got.flags.all(cli::config_flag) == Files{"c.yaml"});
  }
  CHECK(with("--compression gzip").options.compression == codec::Compression::gzip);
  CHECK(with("--dedup none").options.dedup == plan::DedupScope::none);
  CHECK(with("--dedup folder").options.dedup == plan::DedupScope::folder);
}

TEST_CASE("flags may stand anywhere, and -- ends them") {
  for (const auto* line :
       {"mirror batch-serialize -q list.csv -r sync", "mirror batch-serialize list.csv -rq sync",
        "mirror -r batch-serialize list.csv sync -q", "mirror batch-serialize -qr -- list.csv sync"}) {
    CAPTURE(line);
    const Asked got = asked(line);
    CHECK(got.options.batch_list == "list.csv");
    CHECK(got.options.sync_directory == "sync");
    CHECK(got.values.quiet);
    CHECK(got.options.recursive);
  }
  const Asked got = asked("mirror batch-serialize -- -q --debug=");
  CHECK(got.options.batch_list == "-q");
  CHECK(got.options.sync_directory == "--debug=");
  CHECK(!got.values.quiet);
}

TEST_CASE("arguments that look like commands are arguments") {
  const Asked got = asked("mirror batch-serialize batch-serialize mirror");
  CHECK(got.options.batch_list == "batch-serialize");
  CHECK(got.options.sync_directory == "mirror");
}

TEST_CASE("a flag can be taken back, and the last of several counts") {
  CHECK(!with("--quiet=false").values.quiet);
  CHECK(!with("--quiet --quiet=false").values.quiet);
  CHECK(!with("-q=false").values.quiet);
  CHECK(!with("-r -r=false").options.recursive);
  CHECK(with("-q -q").values.quiet);
  CHECK(with("--connections 4 --connections 5").options.engine.connections == 5);
}

TEST_CASE("an empty value is as if the flag were not there, and does not swallow the next word") {
  const Asked got = asked("mirror batch-serialize --compression= list.csv --connections '' --debug= sync");
  CHECK(got.options.batch_list == "list.csv");
  CHECK(got.options.sync_directory == "sync");
  CHECK(got.options.compression == codec::Compression::none);
  CHECK(got.options.engine.connections == 64);
  CHECK(got.flags.last(cli::debug_flag).empty());
}

TEST_CASE("the last argument of some commands may be repeated") {
  const cli::Flags got = said("mirror commit gather.plan sync part1 part2 part3", "mirror commit");
  for (const cli::Command& command : cli::commands().commands)
    if (command.words == "mirror commit")
      CHECK(got.all(*command.optional_arguments.back()) == Files{"part1", "part2", "part3"});
}

TEST_CASE("--config may be repeated, at every level, and takes one file each time") {
  const Asked got =
      asked("--config a.yaml mirror --config=b.yaml batch-serialize --config c.yaml list.csv --config d,e.yaml sync");
  CHECK(got.options.batch_list == "list.csv");
  CHECK(got.options.sync_directory == "sync");
  CHECK(got.flags.all(cli::config_flag) == Files{"a.yaml", "b.yaml", "c.yaml", "d,e.yaml"});
}

TEST_CASE("all forms of -v and --verbosity set the level, and none of them swallows an argument") {
  const std::vector<std::pair<const char*, int>> forms = {
      {"", 4},
      {"-v", 4},
      {"-vv", 8},
      {"-vvv", 12},
      {"-v -v", 8},
      {"-v info", 8},
      {"-v=8", 8},
      {"-v 8", 8},
      {"-v8", 8},
      {"-vinfo", 8},
      {"-v=info", 8},
      {"--verbosity=info", 8},
      {"--verbosity 8", 8},
      {"--verbosity debug", 12},
      {"--verbosity", 4},
      {"--verbosity=error", 0},
      {"-v error", 0},
      {"-v 0", 0},
      {"-v warn", 4},
      {"-v=12,4", 16},
      {"-v info -v 1", 9},
      {"-qv", 4},
      {"-qvv", 8},
      {"-vqv", 8},
      {"-qv info", 8},
      {"-qv=debug", 12},
      {"-v 99999999999", 100},
  };
  for (const auto& [form, wanted] : forms) {
    CAPTURE(form);
    const std::string blank = *form == '\0' ? "" : " ";
    const std::string command = "mirror batch-serialize ";
    const bool quiet = std::string(form).find('q') != std::string::npos;  // known to batch-serialize alone
    for (const std::string& line :
         {quiet ? command + form + " list.csv sync" : form + blank + command + "list.csv sync",
          command + form + blank + "list.csv sync", command + "list.csv " + form + blank + "sync",
          command + "list.csv sync" + blank + form}) {
      CAPTURE(line);
      const Asked got = asked(line);
      CHECK(static_cast<int>(got.values.log_level) == wanted);
      CHECK(got.options.batch_list == "list.csv");
      CHECK(got.options.sync_directory == "sync");
      CHECK(got.values.quiet == quiet);
    }
  }
  CHECK(level("mirror batch-serialize -- -vv -v=8") == 4);
}

TEST_CASE("ACE_DT_VERBOSITY is the default of --verbosity") {
  CHECK(level("mirror batch-serialize a b", {{"ACE_DT_VERBOSITY", "info"}}) == 8);
  CHECK(level("mirror batch-serialize a b", {{"ACE_DT_VERBOSITY", ""}}) == 4);
  CHECK(level("mirror batch-serialize a b -v error", {{"ACE_DT_VERBOSITY", "debug"}}) == 0);
  CHECK(refusal("mirror batch-serialize a b", {{"ACE_DT_VERBOSITY", "loud"}}).what ==
        "ACE_DT_VERBOSITY: \"loud\" is not a level");
}

TEST_CASE("a command line that is wrong is refused with the remedy") {
  const std::vector<std::array<std::string, 3>> refusals = {
      {"mirror batch-serialize a b c", R"(unexpected argument "c")",
       "takes two arguments, BATCH-LIST and SYNC-DIRECTORY"},
      {"mirror batch-serialize a", "SYNC-DIRECTORY is required", "see ace-dt mirror batch-serialize --help"},
      {"mirror batch-serialize", "BATCH-LIST is required", "see ace-dt mirror batch-serialize --help"},
      {"mirror plan a", "SYNC-DIRECTORY is required", "see ace-dt mirror plan --help"},
      {"mirror batch-serialize a ''", "SYNC-DIRECTORY is empty", ""},
      {"mirror batch-serialize '' b", "BATCH-LIST is empty", ""},
      {"mirror batch-serialize a b --x", "unknown flag: --x", "see ace-dt mirror batch-serialize --help"},
      {"mirror batch-serialize --tracker-file=x a b", "unknown flag: --tracker-file",
       "did you mean --tracker-filename?"},
      {"mirror batch-serialize --Quiet a", "unknown flag: --Quiet", "did you mean --quiet?"},
      {"mirror batch-serialize a b -x", "unknown flag: -x", "see ace-dt"},
      {"mirror --conifg c batch-serialize a b", "unknown flag: --conifg", "did you mean --config?"},
      {"--what", "unknown flag: --what", "see ace-dt --help"},
      {"mirrr batch-serialize a b", R"(unknown command "mirrr" for ace-dt)", "did you mean ace-dt mirror? see"},
      {"config x", R"(unexpected argument "x")", "config takes no arguments; see ace-dt config --help"},
      {"config --smaple", "unknown flag: --smaple", "did you mean --sample? see ace-dt config --help"},
      {"config --connections 0", R"(--connections: got "0", want a number from 1 to 1024)", ""},
      {"mirror serialize a b", R"(unknown command "serialize" for ace-dt mirror)",
       "did you mean ace-dt mirror batch-serialize? see"},
      {"batch-serialise a b", R"(unknown command "batch-serialise" for ace-dt)",
       "did you mean ace-dt mirror batch-serialize? see"},
      {"mirror verfy x --help", R"(unknown command "verfy" for ace-dt mirror)", "did you mean ace-dt mirror verify?"},
      {"something-else", R"(unknown command "something-else" for ace-dt)", "see ace-dt --help"},
      {"mirror batch-serialize a b --debug", "--debug needs a value", "write --debug PATH; see ace-dt mirror"},
      {"mirror batch-serialize a b --compression ZSTD", R"(--compression: got "ZSTD", want zstd, gzip or none)", ""},
      {"mirror batch-serialize a b --compression gz", R"(--compression: got "gz", want zstd, gzip or none)", ""},
      {"mirror batch-serialize a b --compression-level 3", "--compression-level without --compression",
       "omit the level"},
      {"mirror batch-serialize a b --compression zstd --compression-level 20",
       R"(--compression-level for zstd: got "20", want a number from 1 to 19)", ""},
      {"mirror batch-serialize a b --compression gzip --compression-level 13",
       R"(--compression-level for gzip: got "13", want a number from 1 to 12)", ""},
      {"mirror batch-serialize a b --compression gzip --compression-level 0",
       R"(--compression-level for gzip: got "0", want a number from 1 to 12)", ""},
      {"mirror batch-serialize a b --connections 0", R"(--connections: got "0", want a number from 1 to 1024)", ""},
      {"mirror batch-serialize a b --connections 1025", R"(--connections: got "1025", want a number from 1 to 1024)",
       ""},
      {"mirror batch-serialize a b --connections=-1", R"(--connections: got "-1", want a number from 1 to 1024)", ""},
      {"mirror batch-serialize a b --connections 0x10", R"(--connections: got "0x10", want a number from 1 to 1024)",
       ""},
      {"mirror batch-serialize a b --memory much", R"(--memory: got "much", want a size such as 48MiB or 1GB)", ""},
      {"mirror batch-serialize a b --connections-per-host 4k",
       R"(--connections-per-host: got "4k", want a number from 1 to 1024)", ""},
      {"mirror batch-serialize a b --dedup all", R"(--dedup: got "all", want folder, name or none)", ""},
      {"mirror batch-serialize a b --verbosity=loud", R"(--verbosity: "loud" is not a level)",
       "use error, warn, info, debug"},
      {"mirror batch-serialize a b --verbosity=", R"(--verbosity: "" is not a level)", "use error, warn, info, debug"},
      {"mirror batch-serialize a b -v=-4", R"(-v: "-4" is not a level)", "use error, warn, info, debug"},
      {"mirror batch-serialize a b -v loud", R"(unexpected argument "loud")", "takes two arguments"},
  };
  for (const auto& [line, what, hint] : refusals) {
    CAPTURE(line);
    const Refusal got = refusal(line);
    CHECK(got.what == what);
    CHECK_MESSAGE(got.hint.find(hint) != std::string::npos, got.hint);
  }
  CHECK(refusal("mirror batch-serialize a b --quiet=perhaps").what == "--quiet: got \"perhaps\", want true or false");
}

TEST_CASE("help and version are there at every level, before anything is checked") {
  for (const std::string command :
       {"", "mirror ", "mirror batch-serialize ", "mirror batch-serialize a b c --dedup x "}) {
    CAPTURE(command);
    CHECK(text(command + "--version") == "ace-dt " ACEDT_VERSION "\n");
    for (const std::string flag : {"-h", "--help"})
      CHECK(text(command + flag).find("ace-dt mirror batch-serialize gather.csv sync/data") != std::string::npos);
  }
  const auto help = text("mirror batch-serialize --help");
  for (const auto* flag : {"--tracker-filename",
                           "--compression",
                           "--compression-level",
                           "--manifest-json",
                           "--recursive",
                           "--quiet",
                           "--no-term",
                           "--debug",
                           "--dedup",
                           "--connections",
                           "--connections-per-host",
                           "--memory",
                           "--config",
                           "--verbosity",
                           "--version",
                           "--help",
                           "ACE_DT_CONFIG",
                           "ACE_DT_VERBOSITY",
                           "ACE_DT_CONCURRENT_HTTP",
                           "DOCKER_CONFIG"})
    CHECK_MESSAGE(help.find(flag) != std::string::npos, flag);
}

TEST_CASE("a command without its subcommand shows help") {
  CHECK(std::get<std::string>(cli::parse(cli::commands(), {})).find("mirror") != std::string::npos);
  CHECK(text("mirror").find("batch-serialize") != std::string::npos);
  CHECK(text("mirror -v").find("batch-serialize") != std::string::npos);
}

TEST_CASE("the command config takes the flags that change the configuration") {
  const cli::Flags got = said("config --config c.yaml --connections 3 --recursive -v info --no-term", "config");
  const cli::Values values = cli::resolve(got, environment({}), {}).values;
  CHECK(values.engine.connections == 3);
  CHECK(values.serialize.recursive);
  CHECK(values.no_term);
  CHECK(got.all(cli::config_flag) == Files{"c.yaml"});
  CHECK(static_cast<int>(values.log_level) == 8);
  CHECK(text("config --help").find("--sample") != std::string::npos);
}

TEST_CASE("a login names the user and the password's origin, and may leave out the check") {
  const cli::LogIn got =
      cli::log_in_of(said("login reg.example.com/team -u ada -p env:PASSWORD --no-auth-check", "login"));
  CHECK(got.registry == "reg.example.com/team");
  CHECK(got.user == "ada");
  CHECK(got.password == "env:PASSWORD");
  CHECK_FALSE(got.password_stdin);
  CHECK_FALSE(got.check);
  const cli::Flags flags = said("login --password-stdin --config c.yaml reg.example.com", "login");
  const cli::LogIn other = cli::log_in_of(flags);
  CHECK(other.password_stdin);
  CHECK(other.check);
  CHECK(flags.all(cli::config_flag) == Files{"c.yaml"});
  CHECK(said("logout reg.example.com", "logout").last(cli::registry_argument) == "reg.example.com");
  for (const auto* line : {"login", "logout", "login a b", "logout a --username x"})
    CHECK_THROWS_AS(said(line, ""), Error);
  CHECK_THROWS_WITH_AS(cli::log_in_of(said("login a --password-stdin=perhaps", "login")),
                       "--password-stdin: got \"perhaps\", want true or false", Error);
}

TEST_CASE("ACE_DT_CONCURRENT_HTTP sets the connections that no flag sets") {
  const Asked got = with("--connections 7", {{"ACE_DT_CONCURRENT_HTTP", "9"}});
  CHECK(got.options.engine.connections == 7);
  CHECK(got.options.engine.connections_per_host == 9);
  for (const auto* usual : {"", "0", "-3"})
    CHECK(with("-q", {{"ACE_DT_CONCURRENT_HTTP", usual}}).options.engine.connections == 64);
  CHECK(with("-q", {{"ACE_DT_CONCURRENT_HTTP", "100000"}}).options.engine.connections == 1024);
  for (const auto* wrong : {"many", "1.5", "4 ", "99999999999999999999"})
    CHECK(refusal("mirror batch-serialize a b", {{"ACE_DT_CONCURRENT_HTTP", wrong}}).what ==
          "ACE_DT_CONCURRENT_HTTP: got \"" + std::string(wrong) + "\", want a whole number");
}

TEST_CASE("a terminal gets the live display unless something else was asked for") {
  using cli::Display;
  const auto display = [](const std::string& flags, bool on_terminal) {
    const Asked got = with(flags);
    return cli::display_for(got.values, {.debug = got.flags.last(cli::debug_flag)}, on_terminal);
  };
  CHECK(display("-r", true) == Display::terminal);
  CHECK(display("-r", false) == Display::lines);
  CHECK(display("--no-term", true) == Display::lines);
  CHECK(display("--quiet", true) == Display::quiet);
  CHECK(display("--debug out", true) == Display::debug);
  CHECK(display("--debug out --quiet", false) == Display::debug);  // says nothing on stdout either
}
