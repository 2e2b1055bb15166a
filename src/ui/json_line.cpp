#include "ui/json_line.hpp"

namespace acedt::ui {
namespace {

std::string_view level_of(Style style) {
  switch (style) {
    case Style::bad: return "ERROR";
    case Style::warning: return "WARN";
    case Style::plain:
    case Style::strong:
    case Style::dim:
    case Style::good: break;
  }
  return "INFO";
}

}  // namespace

std::string json_of(const Line& line, std::string_view time, const JsonMembers& event) {
  JsonMembers members;
  members.add("time", time).add("level", level_of(line.style)).add("msg", line.subject + ": " + line.message);
  const bool is_about_host = event.text().empty() && !line.host.empty();
  if (is_about_host) members.add("host", line.host);
  return '{' + members.add(event).text() + '}';
}

JsonMembers members_of(const Model& model) {
  const Progress& progress = model.progress();
  JsonMembers members;
  members.add("event", "status").add("rows", progress.rows).add("done", progress.committed);
  members.add("failed", progress.failed).add("bytes_done", progress.done).add("bytes_planned", progress.planned);
  members.add("bytes_transferred", progress.transferred).add("bytes_per_second", model.speed());
  return members.add("requests", progress.requests);
}

}  // namespace acedt::ui
