#include "acedt/registry/helper.hpp"

#include <simdjson.h>

#include <chrono>
#include <string>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::registry {
namespace {

using namespace std::chrono_literals;

constexpr auto limit = 60s;
constexpr std::size_t max_shown = 300;
constexpr std::string_view has_none = "credentials not found in native keychain";  // as all helpers say it
constexpr std::string_view identity_user = "<token>";

std::string program_of(const HelperQuery& query) {
  return "docker-credential-" + query.helper;
}

Error failure(const HelperQuery& query, const std::string& why) {
  return {ErrorKind::unauthorized, query.position + ": login of " + query.server + ": " + program_of(query) + why};
}

std::optional<ProcessResult> run(const HelperQuery& query, const char* verb, std::string_view input) {
  try {
    return run_program({program_of(query), verb}, input, limit);
  } catch (const Error& error) {
    throw Error(ErrorKind::unauthorized, query.position + ": login of " + query.server + ": " + error.what());
  }
}

/// The first line of what a helper says about a failure. Not what looks like an answer: it may have a secret.
std::string said(const ProcessResult& result) {
  const std::string_view text = trim(result.output).empty() ? trim(result.errors) : trim(result.output);
  if (text.empty() || text.starts_with('{')) return {};
  const std::string shown = in_quotes(text.substr(0, std::min(text.find('\n'), max_shown)));
  return ": " + shown.substr(1, shown.size() - 2);
}

bool is_unknown(const ProcessResult& result) {
  return result.output.find(has_none) != std::string::npos || result.errors.find(has_none) != std::string::npos;
}

/// Throws where there is no such program, and where it failed.
void check(const HelperQuery& query, const std::optional<ProcessResult>& result, const std::string& verb) {
  if (!result) {
    throw failure(query, " is not in PATH")
        .hint("install it, or remove it from that file and log in again with `ace-dt login " + query.server + "`");
  }
  if (result->status == 0) return;
  throw failure(query, " " + verb + " failed with status " + std::to_string(result->status) + said(*result))
      .hint("see what it wants: echo " + query.server + " | " + program_of(query) + " get");
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
    throw failure(query, " get: the answer is no JSON object");
  std::string_view user;
  std::string_view secret;
  if (answer["Username"].get(user) != simdjson::SUCCESS || answer["Secret"].get(secret) != simdjson::SUCCESS)
    throw failure(query, " get: the answer has no Username and Secret");
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

}  // namespace acedt::registry
