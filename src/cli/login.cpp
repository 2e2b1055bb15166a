#include "acedt/cli/login.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "acedt/async/runtime.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/process.hpp"
#include "acedt/base/shared_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/cli/config.hpp"
#include "acedt/cli/login_files.hpp"
#include "acedt/http/url.hpp"
#include "acedt/registry/helper.hpp"
#include "acedt/registry/registries.hpp"
#include "acedt/serialize/run.hpp"
#include "cli/prompt.hpp"

namespace acedt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view instead = "give --username, and --password-stdin or --password env:VARIABLE";

/// A registry as people name it: with a scheme, too, and by all names of Docker Hub.
registry::AuthKey parse_registry(const std::string& text) {
  registry::AuthKey key = registry::AuthKey::parse(text);
  try {
    http::Url::parse("https://" + key.scope);
  } catch (Error& error) {
    throw Error(ErrorKind::usage, "REGISTRY: " + std::string(error.what())).hint("it is host[:port][/namespace]");
  }
  return key;
}

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

/// What `where` leads to: env:, file: or cmd:.
std::string password_at(const std::string& where, const Environment& environment) {
  const std::size_t colon = where.find(':');
  const std::string kind = colon == std::string::npos ? "" : where.substr(0, colon);
  const std::string rest = where.substr(kind.empty() ? 0 : colon + 1);
  if (kind == "file") return std::string(trim(read_file(rest)));
  if (kind == "cmd") return std::string(trim(output_of(rest)));
  if (kind != "env")
    throw Error(ErrorKind::usage, "--password: want env:VARIABLE, file:PATH or cmd:PROGRAM")
        .hint("others can see a password on a command line: use --password-stdin");
  const auto value = environment(rest);
  if (!value) throw Error(ErrorKind::usage, "--password: " + rest + " is not set");
  return *value;
}

registry::Login ask_for_login(const LogIn& arguments, const Environment& environment) {
  const std::string hint(instead);
  if (arguments.password_stdin && !arguments.password.empty())
    throw Error(ErrorKind::usage, "--password and --password-stdin exclude each other");
  registry::Login login{arguments.user};
  if (login.user.empty() && arguments.password_stdin)
    throw Error(ErrorKind::usage, "--password-stdin without --username");
  if (login.user.empty()) login.user = ask_terminal("username", hint);
  if (login.user.empty() || login.user.find(':') != std::string::npos)
    throw Error(ErrorKind::usage, "the username is empty or has a ':'");
  std::string password;
  if (arguments.password_stdin) {
    password = read_standard_input();
  } else if (!arguments.password.empty()) {
    password = password_at(arguments.password, environment);
  } else {
    password = ask_terminal_secretly("password", hint);
  }
  if (password.empty()) throw Error(ErrorKind::usage, "the password is empty");
  login.password = Secret(std::move(password));
  return login;
}

registry::TransportSettings client_settings(const LogIn& arguments) {
  registry::TransportSettings settings;
  settings.tls = std::make_shared<net::Tls>(arguments.certificates);
  settings.proxies = arguments.proxies;
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

/// Throws where the registry does not take the login; says whether it wants one at all.
bool check(const LogIn& arguments, const registry::AuthKey& key, const registry::Login& login,
           const Configuration& configuration) {
  async::Runtime runtime(1);
  report::Counters counters;
  const auto credentials = [&] { return registry::Credentials::of(key.host(), login); };
  registry::Registries registries(runtime.control(), configuration.registries, credentials, client_settings(arguments),
                                  counters);
  bool asked = false;
  int signal = 0;
  try {
    signal = runtime.run([&] { return ask_registry(registries, key.authority(), asked); });
  } catch (const Error& error) {
    Error failure(error.kind(), "the login was not kept: " + std::string(error.what()));
    const bool refused = error.kind() == ErrorKind::unauthorized;
    throw failure.hint(refused ? "check the username and the password, which may have to be an access token"
                               : "where the registry cannot be asked, --no-auth-check keeps the login all the same");
  }
  if (signal != 0) throw serialize::Interrupted(signal);
  return asked;
}

LoginFiles places_for(const std::vector<fs::path>& config_files, const Environment& environment,
                      Configuration& configuration) {
  configuration = load_configuration(config_search(config_files, environment));
  LoginFiles files = login_files(environment, configuration);
  if (files.to_write.empty())
    throw Error(ErrorKind::usage, "there is no place to keep logins").hint("set HOME or REGISTRY_AUTH_FILE");
  return files;
}

/// The helper that keeps logins for `key`; entries for some repositories of a registry are in the file itself.
std::optional<registry::HelperQuery> keeper_of(const registry::AuthKey& key, std::string_view text,
                                               const fs::path& file) {
  if (key.scope != key.host()) return std::nullopt;
  return registry::Credentials::parse(text, file.string()).keeper(key.host());
}

/// Where the login for a registry is to be kept, and what is there.
struct Keeping {
  Keeping(const std::string& registry, const std::vector<fs::path>& config_files, const Environment& environment)
      : key(parse_registry(registry)),
        files(places_for(config_files, environment, configuration)),
        before(read_if_there(file()).value_or("")),
        helper(keeper_of(key, before, file())) {}

  const fs::path& file() const { return files.to_write; }

  registry::AuthKey key;
  Configuration configuration;
  LoginFiles files;
  std::string before;  // the text of file(), which others may change meanwhile
  std::optional<registry::HelperQuery> helper;
};

/// The other files that pulls would find a login for `key` in.
std::vector<fs::path> others(const registry::AuthKey& key, const LoginFiles& files) {
  std::vector<fs::path> found;
  for (const fs::path& file : files.search.files) {
    if (file == files.to_write) continue;
    try {
      const std::string text = read_if_there(file).value_or("");
      if (registry::without_entry(text, file.string(), key) != text) found.push_back(file);
    } catch (const Error&) {
      // Pulls find no login there, either.
    }
  }
  return found;
}

}  // namespace

void log_in(const LogIn& arguments, const Environment& environment, std::ostream& out) {
  const Keeping kept(arguments.registry, arguments.config_files, environment);
  const registry::Login login = ask_for_login(arguments, environment);
  const bool wanted = !arguments.check || check(arguments, kept.key, login, kept.configuration);
  if (kept.helper) registry::store_in_helper(*kept.helper, login);
  const registry::Login entry = kept.helper ? registry::Login{} : login;
  change_shared_file(kept.file(), [&](const std::string& text) {
    return registry::with_entry(text, kept.file().string(), kept.key, entry);
  });
  out << "logged in to " << kept.key.scope << (wanted ? "" : ", which lets in everybody") << "; the login is in "
      << (kept.helper ? "docker-credential-" + kept.helper->helper : kept.file().string() + ", not encrypted") << '\n';
}

void log_out(const LogOut& arguments, const Environment& environment, std::ostream& out) {
  const Keeping kept(arguments.registry, arguments.config_files, environment);
  const auto without = [&](const std::string& text) {
    return registry::without_entry(text, kept.file().string(), kept.key);
  };
  const bool has_entry = without(kept.before) != kept.before;
  const bool was_there = kept.helper || has_entry;
  if (kept.helper) registry::erase_from_helper(*kept.helper);
  if (has_entry) change_shared_file(kept.file(), without);
  out << (was_there ? "logged out of " : "not logged in to ") << kept.key.scope << ", in " << kept.file().string()
      << '\n';
  for (const fs::path& other : others(kept.key, kept.files))
    out << other.string() << " still has a login for " << kept.key.scope << '\n';
}

}  // namespace acedt::cli
