// The command `login`: asks for what is missing, has the registry check it, and keeps it.

#include "cli/login.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include "acedt/async/runtime.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/process.hpp"
#include "acedt/base/shared_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/registry/auth_files.hpp"
#include "acedt/registry/registries.hpp"
#include "acedt/serialize/run.hpp"
#include "cli/keeping.hpp"
#include "cli/network_settings.hpp"
#include "cli/prompt.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view about = R"(Examples:
  ace-dt login reg.example.com
  ace-dt login -u robot --password-stdin reg.example.com < token
  ace-dt login reg.example.com/team

The login is kept in the file that pulls read first: the one that ACE_DT_REGISTRY_AUTH_FILE,
REGISTRY_AUTH_FILE, registryAuthFile in the configuration file or DOCKER_CONFIG names, else the
first of the usual files that exists, else ~/.docker/config.json. If that file has a credential
helper for the registry, the helper keeps it. docker, podman and skopeo read it, too.
)";

constexpr Flag username = {"-u,--username", "NAME", "User name; asked for if it is missing"};
constexpr Flag password_flag = {
    "-p,--password", "WHERE",
    "Origin of the password: env:VARIABLE, file:PATH or cmd:PROGRAM ARGUMENTS (without a shell)"};
constexpr Flag password_stdin = {"--password-stdin", "", "Read the password from standard input"};
constexpr Flag no_auth_check = {"--no-auth-check", "", "Keep the login without asking the registry whether it is good"};

constexpr std::string_view instead = "give --username, and --password-stdin or --password env:VARIABLE";

std::string output_of(const std::string& command) {
  std::vector<std::string> words;
  for (const std::string_view word : split(command, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  if (words.empty()) throw Error(ErrorKind::usage, "--password: cmd: without a program");
  constexpr std::chrono::minutes limit(1);
  const auto result = run_program(words, "", limit);
  if (!result) throw Error(ErrorKind::usage, "--password: " + words.front() + " is not in PATH");
  if (result->status == 0) return result->output;
  throw Error(ErrorKind::usage,
              "--password: " + words.front() + " failed with status " + std::to_string(result->status));
}

/// The password from its `origin`: env:, file: or cmd:.
std::string password_from(const std::string& origin, const Environment& environment) {
  const std::size_t colon = origin.find(':');
  const std::string kind = colon == std::string::npos ? "" : origin.substr(0, colon);
  const std::string rest = origin.substr(kind.empty() ? 0 : colon + 1);
  if (kind == "file") return std::string(trim(read_file(rest)));
  if (kind == "cmd") return std::string(trim(output_of(rest)));
  if (kind != "env")
    throw Error(ErrorKind::usage, "--password: want env:VARIABLE, file:PATH or cmd:PROGRAM")
        .hint("others can see a password on a command line: use --password-stdin");
  const auto value = environment(rest);
  if (!value) throw Error(ErrorKind::usage, "--password: " + rest + " is not set");
  return *value;
}

registry::Login ask_for_login(const LogIn& arguments, Process& process) {
  const std::string hint(instead);
  if (arguments.password_stdin && !arguments.password.empty())
    throw Error(ErrorKind::usage, "--password and --password-stdin exclude each other");
  registry::Login login{arguments.user};
  if (login.user.empty() && arguments.password_stdin)
    throw Error(ErrorKind::usage, "--password-stdin without --username");
  if (login.user.empty()) login.user = ask_terminal("username", hint, process.err);
  if (login.user.empty() || login.user.find(':') != std::string::npos)
    throw Error(ErrorKind::usage, "the username is empty or has a ':'");
  std::string password;
  if (arguments.password_stdin) {
    password = read_standard_input();
  } else if (!arguments.password.empty()) {
    password = password_from(arguments.password, process.environment);
  } else {
    password = ask_terminal_secretly("password", hint, process.err);
  }
  if (password.empty()) throw Error(ErrorKind::usage, "the password is empty");
  login.password = Secret(std::move(password));
  return login;
}

registry::TransportSettings client_settings(const engine::Settings& engine) {
  registry::TransportSettings settings;
  settings.tls = std::make_shared<net::Tls>(engine.certificates);
  settings.proxies = engine.proxies;
  settings.retry.retries = 1;
  return settings;
}

async::awaitable<void> ask_registry(registry::Registries& registries, std::string authority, bool& asked) {
  std::exception_ptr failure;
  try {
    asked = co_await registries.let_us_in(std::move(authority));
  } catch (...) {
    failure = std::current_exception();
  }
  registries.close();  // else its connections keep the runtime
  if (failure) std::rethrow_exception(failure);
}

/// Returns whether the registry wants a login at all. Throws Error if it does not take this one, and
/// serialize::Interrupted.
bool check(const engine::Settings& engine, const registry::AuthKey& key, const registry::Login& login) {
  async::Runtime runtime(1);
  report::Counters counters;
  const auto credentials = [&] { return registry::Credentials::of(key.host(), login); };
  registry::Registries registries(runtime.control(), engine.registries, credentials, client_settings(engine), counters);
  bool asked = false;
  int signal = 0;
  try {
    signal = runtime.run([&] { return ask_registry(registries, key.authority(), asked); });
  } catch (const Error& error) {
    Error failure(error.kind(), "the login was not kept: " + std::string(error.what()));
    const bool refused = error.kind() == ErrorKind::unauthorized;
    throw failure.hint(refused ? "check the username and the password, which may have to be an access token"
                               : "if the registry cannot be asked, --no-auth-check keeps the login all the same");
  }
  if (signal != 0) throw serialize::Interrupted(signal);
  return asked;
}

void run(const Words& words, Process& process) {
  const LogIn asked = log_in_of(words);
  const Setup setup = set_up(words, process.environment);
  const Keeping kept(asked.registry, setup.login_files);
  const registry::Login login = ask_for_login(asked, process);
  const bool wanted = !asked.check || check(setup.settings.values.engine, kept.key, login);
  if (kept.helper) registry::store_in_helper(*kept.helper, login);
  const registry::Login entry = kept.helper ? registry::Login{} : login;
  change_shared_file(kept.file, [&](const std::string& text) {
    return registry::with_entry(text, kept.file.string(), kept.key, entry);
  });
  process.out << "logged in to " << kept.key.scope << (wanted ? "" : ", which lets in everybody")
              << "; the login is in "
              << (kept.helper ? "docker-credential-" + kept.helper->helper : kept.file.string() + ", not encrypted")
              << '\n';
}

}  // namespace

LogIn log_in_of(const Words& words) {
  return {words.last(registry_argument), words.last(username), words.last(password_flag), words.is_on(password_stdin),
          !words.is_on(no_auth_check)};
}

Command login_command() {
  return {.words = "login",
          .purpose = "Log in to a registry, and keep the login for pulls",
          .about = about,
          .arguments = {&registry_argument},
          .flags = {&username, &password_flag, &password_stdin, &no_auth_check},
          .settings = {&ca_file},
          .run = run};
}

}  // namespace acedt::cli
