#include "tools/registry/control.hpp"

#include <utility>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::testing {
namespace {

/// All or none of the rules.
Response add_faults(Service& service, std::string_view text) {
  std::vector<FaultRule> rules;
  try {
    for (const auto line : split(text, '\n'))
      if (!trim(line).empty()) rules.push_back(FaultRule::parse(trim(line)));
  } catch (const Error& error) {
    return text_response(400, std::string(error.what()) + '\n');
  }
  for (FaultRule& rule : rules) service.faults.add(std::move(rule));
  return text_response(200, std::to_string(rules.size()) + " added\n");
}

Response show_log(const Service& service) {
  std::string text;
  for (const LogEntry& entry : service.log.entries()) text += entry.line() + '\n';
  return text_response(200, std::move(text));
}

}  // namespace

bool is_control(const Request& request) {
  return !request.at_storage && request.path.starts_with("/_/");
}

Response control(Service& service, const Request& request) {
  const bool deletes = request.method == "DELETE";
  if (request.path == "/_/faults" && request.method == "POST") return add_faults(service, request.body);
  if (request.path == "/_/faults" && deletes) {
    service.faults.clear();
    return text_response(200, "");
  }
  if (request.path == "/_/log" && request.reads()) return show_log(service);
  if (request.path == "/_/log" && deletes) {
    service.log.clear();
    return text_response(200, "");
  }
  if (request.path == "/_/stats" && request.reads()) return json_response(200, service.counters.stats().json());
  return text_response(404, "there is no such control\n");
}

}  // namespace acedt::testing
