#include "ui/host_reports.hpp"

#include <algorithm>

#include "acedt/ui/text.hpp"

namespace acedt::ui {
namespace {

using namespace std::chrono_literals;

constexpr auto summary_interval = 60s;
constexpr auto quiet = 5s;  // after which an outage is over: a host may answer some requests and not others

std::chrono::milliseconds in_ms(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

}  // namespace

std::optional<Line> HostReports::failed(const report::Retrying& retry, Time at) {
  const std::string cause(cause_of(retry.why));
  const std::string again = " is tried again in " + rounded(retry.delay);
  // The cause may have the digest already.
  const std::string digest = retry.what.substr(retry.what.rfind(' ') + 1);  // npos + 1 is 0
  const std::string what = cause.find(digest) == std::string::npos ? retry.what : "it";
  const Line line{retry.host.empty() ? "Retrying" : retry.host, cause + "; " + what + again, Style::warning};
  if (retry.host.empty()) return line;
  const auto [entry, is_new] = outages_.try_emplace(retry.host, Outage{at, at, at});
  Outage& outage = entry->second;
  ++outage.failures;
  outage.failed_at = at;
  outage.why = cause;
  outage.answered.reset();
  if (!is_new) return std::nullopt;
  outage.told = 1;
  return line;
}

std::optional<Line> HostReports::paused(const report::HostPaused& pause, Time at) {
  const auto [entry, is_new] = outages_.try_emplace(pause.host, Outage{at, at, at});
  Outage& outage = entry->second;
  outage.failed_at = at;
  outage.answered.reset();
  if (!is_new && at - outage.told_at < summary_interval) return std::nullopt;
  outage.told_at = at;
  return Line{pause.host, "asks for a pause of " + rounded(pause.pause) + "; until then, no requests are sent to it",
              Style::warning};
}

void HostReports::recovered(const report::HostRecovered& host, Time at) {
  const auto found = outages_.find(host.host);
  if (found != outages_.end() && !found->second.answered) found->second.answered = at;
}

Line HostReports::ended(const std::string& host, const Outage& outage) {
  return {host,
          "answers again after " + rounded(in_ms(*outage.answered - outage.since)) + " and " +
              counted(outage.failures, "failed attempt"),
          Style::good, host};
}

Line HostReports::continues(const std::string& host, Outage& outage, Time now) {
  const std::size_t more = outage.failures - outage.told;
  outage.told = outage.failures;
  outage.told_at = now;
  return {host, counted(more, "more attempt") + " failed; the last one: " + outage.why, Style::warning, host};
}

std::vector<Line> HostReports::due(Time now) {
  std::vector<Line> lines;
  for (auto& [host, outage] : outages_) {
    const bool is_over = outage.answered && now - *outage.answered >= quiet;
    if (is_over && outage.failures > 1) lines.push_back(ended(host, outage));
    if (!is_over && outage.failures > outage.told && now - outage.told_at >= summary_interval)
      lines.push_back(continues(host, outage, now));
  }
  std::erase_if(outages_,
                [&](const auto& entry) { return entry.second.answered && now - *entry.second.answered >= quiet; });
  return lines;
}

std::vector<Line> HostReports::rest() {
  std::vector<Line> lines;
  for (auto& [host, outage] : outages_) {
    if (outage.failures <= outage.told || (outage.answered && outage.failures == 1)) continue;
    lines.push_back(outage.answered ? ended(host, outage) : continues(host, outage, outage.failed_at));
  }
  outages_.clear();
  return lines;
}

}  // namespace acedt::ui
