// The command `login`: asks for a missing user name or password, checks them with the registry, and saves them.

#include "cli/login.hpp"

#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include "acedt/async/runtime.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/process.hpp"
#include "acedt/base/text.hpp"
#include "acedt/cli/command.hpp"
#include "acedt/cli/configuration.hpp"
#include "acedt/cli/login_files.hpp"
#include "acedt/engine/failure.hpp"
#include "acedt/registry/auth_files.hpp"
#include "acedt/registry/registries.hpp"
#include "cli/network_settings.hpp"

namespace acedt::cli {
namespace {

constexpr std::size_t max_input = 64 << 10;

termios before{};  // of the terminal; for the signal handler

extern "C" void restore_and_die(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
  ::raise(signal);  // with its default action, as SA_RESETHAND restored it
}

/// While it exists, the terminal does not show what is typed. SIGINT and SIGTERM restore the terminal before they end
/// the process.
class NoEcho {
 public:
  /// The destructor writes a line end to `out`, as the typed one is not shown.
  explicit NoEcho(std::ostream& out) : out_(out) {
    ::tcgetattr(STDIN_FILENO, &before);
    struct sigaction action {};
    action.sa_handler = restore_and_die;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    out_ << '\n';
  }

 private:
  std::ostream& out_;
};

void must_be_terminal(const std::string& question, const std::string& instead) {
  if (::isatty(STDIN_FILENO) == 1) return;
  throw Error(ErrorKind::usage, "there is no terminal to ask for the " + question).hint(instead);
}

std::string ask(const std::string& question, std::ostream& out) {
  out << question << ": " << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line;
}

std::string ask_terminal(const std::string& question, const std::string& instead, std::ostream& out) {
  must_be_terminal(question, instead);
  return ask(question, out);
}

std::string ask_terminal_secretly(const std::string& question, const std::string& instead, std::ostream& out) {
  must_be_terminal(question, instead);
  const NoEcho silence(out);
  return ask(question, out);
}

std::string read_standard_input() {
  std::string text;
  for (std::istreambuf_iterator<char> next(std::cin), end; next != end; ++next) {
    if (text.size() == max_input)
      throw Error(ErrorKind::usage, "standard input: more than 64 KiB for a password").hint("is it the right file?");
    text.push_back(*next);
  }
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

constexpr std::string_view about = R"(Examples:
  ace-dt login reg.example.com
  ace-dt login -u robot --password-stdin reg.example.com < token
  ace-dt login reg.example.com/team

The login is saved in the file that pulls read first: the one named by ACE_DT_REGISTRY_AUTH_FILE,
REGISTRY_AUTH_FILE, registryAuthFile in the configuration file or DOCKER_CONFIG, else the first of
the usual files that exists, else ~/.docker/config.json. If that file names a credential helper for
the registry, the helper saves it. docker, podman and skopeo can read it, too.
)";

constexpr Flag username = {"-u,--username", "NAME", "User name; asked for if not given"};
constexpr Flag password_flag = {
    "-p,--password", "WHERE",
    "Source of the password: env:VARIABLE, file:PATH or cmd:PROGRAM ARGUMENTS (without a shell)"};
constexpr Flag password_stdin = {"--password-stdin", "", "Read the password from standard input"};
constexpr Flag no_auth_check = {"--no-auth-check", "", "Save the login without checking it with the registry"};

constexpr std::string_view instead = "give --username, and --password-stdin or --password env:VARIABLE";

std::string output_of(const std::string& command) {
  std::vector<std::string> words;
  for (const std::string_view word : split(command, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  if (words.empty())
    throw Error(ErrorKind::usage, "--password: cmd: without a program")
        .hint("give the program, as in --password 'cmd:pass show registry'");
  constexpr std::chrono::minutes limit(1);
  const auto result = run_program(words, "", limit);
  if (!result)
    throw Error(ErrorKind::usage, "--password: " + words.front() + " is not in PATH")
        .hint("install it, or name it with its path");
  if (result->status == 0) return result->output;
  throw Error(ErrorKind::usage,
              "--password: " + words.front() + " failed with status " + std::to_string(result->status))
      .hint("run it by hand to see why");
}

/// Returns the password that `origin` names: env:, file: or cmd:.
std::string password_from(const std::string& origin, const Environment& environment) {
  const std::size_t colon = origin.find(':');
  const std::string kind = colon == std::string::npos ? "" : origin.substr(0, colon);
  const std::string rest = origin.substr(kind.empty() ? 0 : colon + 1);
  if (kind == "file") return std::string(trim(read_file(rest)));
  if (kind == "cmd") return std::string(trim(output_of(rest)));
  if (kind != "env")
    throw Error(ErrorKind::usage, "--password: want env:VARIABLE, file:PATH or cmd:PROGRAM")
        .hint("other users can see a password on the command line: use --password-stdin");
  const auto value = environment(rest);
  if (!value)
    throw Error(ErrorKind::usage, "--password: " + rest + " is not set")
        .hint("export the variable, or give --password-stdin");
  return *value;
}

registry::Login ask_for_login(const LogIn& arguments, Process& process) {
  const std::string hint(instead);
  if (arguments.password_stdin && !arguments.password.empty())
    throw Error(ErrorKind::usage, "--password and --password-stdin cannot be used together").hint("give one of them");
  registry::Login login{arguments.user};
  if (login.user.empty() && arguments.password_stdin)
    throw Error(ErrorKind::usage, "--password-stdin without --username").hint("add --username NAME");
  if (login.user.empty()) login.user = ask_terminal("username", hint, process.err);
  if (login.user.empty() || login.user.find(':') != std::string::npos)
    throw Error(ErrorKind::usage, "the username is empty or contains a ':'")
        .hint("give the name alone: the password is asked for, or comes from --password-stdin");
  std::string password;
  if (arguments.password_stdin) {
    password = read_standard_input();
  } else if (!arguments.password.empty()) {
    password = password_from(arguments.password, process.environment);
  } else {
    password = ask_terminal_secretly("password", hint, process.err);
  }
  if (password.empty())
    throw Error(ErrorKind::usage, "the password is empty")
        .hint("check where it comes from: a file, a variable or standard input");
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
  registries.close();  // otherwise its connections would keep the runtime running
  if (failure) std::rethrow_exception(failure);
}

/// Checks `login` with the registry. Returns false if the registry requires no login. Throws Error if it refuses this
/// one, and engine::Interrupted.
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
    Error failure(error.kind(), std::string(error.what()) + ": the login was not saved");
    const bool refused = error.kind() == ErrorKind::unauthorized;
    throw failure.hint(refused ? "check the username and the password, which may have to be an access token"
                               : "if the registry cannot be reached, --no-auth-check saves the login without a check");
  }
  if (signal != 0) throw engine::Interrupted(signal);
  return asked;
}

void run(const Flags& flags, Process& process) {
  const LogIn asked = log_in_of(flags);
  const Setup setup = set_up(flags, process.environment);
  const Keeping kept(asked.registry, setup.login_files);
  const registry::Login login = ask_for_login(asked, process);
  const bool wanted = !asked.check || check(setup.settings.values.engine, kept.key, login);
  if (kept.helper) registry::store_in_helper(*kept.helper, login);
  const registry::Login entry = kept.helper ? registry::Login{} : login;
  change_shared_file(kept.file, [&](const std::string& text) {
    return registry::with_entry(text, kept.file.string(), kept.key, entry);
  });
  process.out << "logged in to " << kept.key.scope << (wanted ? "" : ", which requires no login")
              << "; the login is saved in "
              << (kept.helper ? "docker-credential-" + kept.helper->helper : kept.file.string() + ", unencrypted")
              << '\n';
}

}  // namespace

LogIn log_in_of(const Flags& flags) {
  return {flags.last(registry_argument), flags.last(username), flags.last(password_flag), flags.is_on(password_stdin),
          !flags.is_on(no_auth_check)};
}

Command login_command() {
  return {.words = "login",
          .purpose = "Log in to a registry, and save the login",
          .about = about,
          .arguments = {&registry_argument},
          .flags = {&username, &password_flag, &password_stdin, &no_auth_check},
          .settings = {&ca_file},
          .run = run};
}

}  // namespace acedt::cli
