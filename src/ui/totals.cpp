#include "acedt/ui/totals.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace acedt::ui {

std::map<std::string, std::size_t> failures_of(const Totals& totals, const RunEnd& end) {
  std::map<std::string, std::size_t> failures = totals.failures;
  if (failures.empty() && end.cause) ++failures[end.cause->kind];
  return failures;
}

void Counted::on(const report::Event& event) {
  std::visit([&](const auto& what) { note(what, event.at); }, event.what);
  next_.on(event);
}

/// Adds what the counters have more than at the last call. If they have less, the run has started over with new ones.
void Counted::tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) {
  const Counts counts{counters.bytes_received, counters.bytes_sent, counters.requests};
  const bool is_less =
      counts.requests < latest_.requests || counts.received < latest_.received || counts.sent < latest_.sent;
  if (is_less) latest_ = {};
  totals.received += Bytes{counts.received - latest_.received};
  totals.sent += Bytes{counts.sent - latest_.sent};
  totals.requests += counts.requests - latest_.requests;
  latest_ = counts;
  next_.tick(now, counters);
}

void Counted::note(const report::ArchiveCommitted& archive, Time) {
  ++totals.done;
  totals.stored += archive.size;
}

void Counted::note(const report::ArchivePushed& push, Time) {
  if (push.is_planned_only) {
    ++totals.left;
    return;
  }
  ++totals.done;
  totals.blobs += push.blobs;
}

/// Counts the time for which the host was not paused already.
void Counted::note(const report::HostPaused& pause, Time at) {
  Time& until = paused_until_[pause.host];
  const Time end = at + pause.pause;
  if (end <= until) return;
  totals.paused += std::chrono::duration_cast<std::chrono::milliseconds>(end - std::max(at, until));
  until = end;
}

void Counted::fail(const report::Problem& problem) {
  ++totals.failed;
  ++totals.failures[std::string(name(problem.kind))];
}

}  // namespace acedt::ui
