// Logins: from auth files, and from credential helpers, which are programs that the files name. Each helper is asked
// once; files and helpers are read again only after a registry refused a login, as helpers of clouds hand out logins
// that expire.

#include "acedt/registry/logins.hpp"

#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "acedt/async/crossing.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::registry {

using namespace std::chrono_literals;

namespace {

constexpr auto limit = 60s;
constexpr std::size_t max_shown = 300;
constexpr std::string_view has_none = "credentials not found in native keychain";  // as all helpers say it
constexpr std::string_view identity_user = "<token>";

std::string program_of(const HelperQuery& query) {
  return "docker-credential-" + query.helper;
}

std::string run_by_hand(const HelperQuery& query) {
  return "see what it wants: echo " + query.server + " | " + program_of(query) + " get";
}

Error failure(const HelperQuery& query, const std::string& why) {
  Error error(ErrorKind::unauthorized, program_of(query) + why);
  error.add("login of " + query.server).add(query.position);
  return error;
}

std::optional<ProcessResult> run(const HelperQuery& query, const char* verb, std::string_view input) {
  try {
    return run_program({program_of(query), verb}, input, limit);
  } catch (const Error& error) {
    throw Error(ErrorKind::unauthorized, error.what())
        .add("login of " + query.server)
        .add(query.position)
        .hint(error.hint());
  }
}

/// The first line of a helper's message about a failure. Empty for JSON: that may have a secret in it.
std::string said(const ProcessResult& result) {
  const std::string_view text = trim(result.output).empty() ? trim(result.errors) : trim(result.output);
  if (text.empty() || text.starts_with('{')) return {};
  return ": " + printable(text.substr(0, std::min(text.find('\n'), max_shown)));
}

bool is_unknown(const ProcessResult& result) {
  return result.output.find(has_none) != std::string::npos || result.errors.find(has_none) != std::string::npos;
}

/// Throws if there is no such program, or it failed.
void check(const HelperQuery& query, const std::optional<ProcessResult>& result, const std::string& verb) {
  if (!result) {
    throw failure(query, " is not in PATH")
        .hint("install it, or remove it from that file and log in again with `ace-dt login " + query.server + "`");
  }
  if (result->status == 0) return;
  throw failure(query, " " + verb + " failed with status " + std::to_string(result->status) + said(*result))
      .hint(run_by_hand(query));
}

}  // namespace

std::optional<Login> ask_helper(const HelperQuery& query) {
  return login_of_helper(query, run(query, "get", query.server));
}

void store_in_helper(const HelperQuery& query, const Login& login) {
  const bool identity = !login.identity_token.empty();
  const std::string user = identity ? std::string(identity_user) : login.user;
  const std::string& secret = (identity ? login.identity_token : login.password).reveal();
  std::string input = R"({"ServerURL":")" + json_escaped(query.server) + R"(","Username":")" + json_escaped(user);
  input += R"(","Secret":")" + json_escaped(secret) + "\"}";
  auto result = run(query, "store", input);
  const bool shows_it = result && (result->output + result->errors).find(secret) != std::string::npos;
  if (shows_it) result->output = result->errors = "";
  check(query, result, "store");
}

void erase_from_helper(const HelperQuery& query) {
  const auto result = run(query, "erase", query.server);
  if (result && is_unknown(*result)) return;
  check(query, result, "erase");
}

std::optional<Login> login_of_helper(const HelperQuery& query, const std::optional<ProcessResult>& result) {
  if (result && result->status != 0 && is_unknown(*result)) return std::nullopt;
  check(query, result, "get");
  simdjson::dom::parser parser;
  simdjson::dom::object answer;
  if (parser.parse(with_whole_characters(result->output)).get(answer) != simdjson::SUCCESS)
    throw failure(query, " get: the answer is no JSON object").hint(run_by_hand(query));
  std::string_view user;
  std::string_view secret;
  if (answer["Username"].get(user) != simdjson::SUCCESS || answer["Secret"].get(secret) != simdjson::SUCCESS)
    throw failure(query, " get: the answer has no Username and Secret").hint(run_by_hand(query));
  if (secret.empty()) return std::nullopt;
  Login login;
  if (user == identity_user) {
    login.identity_token = Secret(std::string(secret));
  } else {
    login.user = user;
    login.password = Secret(std::string(secret));
  }
  return login;
}

namespace {

/// So that a registry which refuses every login does not cause a run of its helper for each request.
constexpr auto between_looks = 1s;

}  // namespace

Logins::Logins(async::Executor executor, Sources sources)
    : sources_(std::move(sources)), credentials_(sources_.read()), answers_(executor), looks_(executor) {}

async::awaitable<Logins::Found> Logins::find(std::string authority, std::string repository) {
  looked_.try_emplace(authority, Look{sources_.now()});
  Found found;
  const std::vector<Credentials::LoginSource> sources = credentials_.find(authority, repository);
  for (const Credentials::LoginSource& position : sources) {
    Answer answer;
    if (const auto* login = std::get_if<Login>(&position)) answer = *login;
    if (const auto* error = std::get_if<Error>(&position)) answer = *error;
    if (const auto* query = std::get_if<HelperQuery>(&position)) answer = co_await ask(*query);
    if (const auto* error = std::get_if<Error>(&answer)) {
      if (!found.failure) found.failure = *error;
      continue;
    }
    found.login = std::get<std::optional<Login>>(answer);
    if (found.login) break;
  }
  co_return found;
}

async::awaitable<Logins::Found> Logins::find_newer(std::string authority, std::string repository, Login refused,
                                                   std::chrono::seconds age) {
  Found found = co_await find(authority, repository);
  if (found.login != refused) co_return found;
  auto claim = co_await looks_.claim(authority);
  if (claim.done() == nullptr) {
    co_await look_again(authority, repository, age);
    claim.finish(true);
    looks_.forget(authority);
  }
  co_return co_await find(authority, repository);
}

async::awaitable<void> Logins::look_again(std::string authority, std::string repository, std::chrono::seconds age) {
  Look& last = looked_[authority];
  const auto now = sources_.now();
  if (now - last.at < age || (last.is_repeated && now - last.at < between_looks)) co_return;
  last = {now, true};
  auto read = [this]() -> std::optional<Credentials> {
    try {
      return sources_.read();
    } catch (const Error&) {
      return std::nullopt;  // it is being written, perhaps
    }
  };
  std::optional<Credentials> fresh = co_await async::offload(thread(), std::move(read));
  if (fresh) credentials_ = *std::move(fresh);
  for (const Credentials::LoginSource& position : credentials_.find(authority, repository)) {
    if (const auto* query = std::get_if<HelperQuery>(&position)) answers_.forget(*query);
  }
}

async::awaitable<Logins::Answer> Logins::ask(HelperQuery query) {
  auto claim = co_await answers_.claim(query);
  if (claim.done() == nullptr) {
    auto job = [this, query]() -> Answer {
      try {
        return sources_.ask(query);
      } catch (const Error& error) {
        return error;
      }
    };
    Answer answer = co_await async::offload(thread(), std::move(job));
    claim.finish(std::move(answer));
  }
  co_return *claim.done();
}

async::ThreadPool& Logins::thread() {
  if (!thread_) thread_ = std::make_unique<async::ThreadPool>(1);
  return *thread_;
}

}  // namespace acedt::registry
