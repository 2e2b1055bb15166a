// Rates come from samples of the counters over a sliding window of 10 s. The forecast divides the bytes left, with an
// estimate for rows whose blobs are not known yet, by the rate.

#include "acedt/ui/model.hpp"

#include <algorithm>
#include <cmath>

namespace acedt::ui {
namespace {

using namespace std::chrono_literals;

constexpr auto window = 10s;                  // of rates
constexpr double max_forecast = 1000 * 3600;  // seconds; a longer forecast is meaningless

}  // namespace

void Model::on(const report::Event& event) {
  latest_ = event.at;
  if (!started_) started_ = event.at;
  if (const auto* run = std::get_if<report::RunStarted>(&event.what)) progress_.rows = run->rows - run->skipped;
  if (std::holds_alternative<report::ArtifactResolved>(event.what)) ++progress_.resolved;
  if (std::holds_alternative<report::ArchiveCommitted>(event.what)) ++progress_.committed;
  if (const auto* push = std::get_if<report::PushStarted>(&event.what)) progress_.rows = push->archives - push->skipped;
  if (std::holds_alternative<report::PushPlanned>(event.what)) ++progress_.resolved;
  if (std::holds_alternative<report::ArchivePushed>(event.what)) ++progress_.committed;
}

void Model::tick(Time now, const report::Counters& counters) {
  latest_ = now;
  if (!started_) started_ = now;
  progress_.planned = {counters.bytes_planned.load(std::memory_order_relaxed)};
  progress_.stored = {counters.bytes_stored.load(std::memory_order_relaxed)};
  progress_.transferred = {counters.bytes_received.load(std::memory_order_relaxed) +
                           counters.bytes_sent.load(std::memory_order_relaxed)};
  progress_.requests = counters.requests.load(std::memory_order_relaxed);
  samples_.push_back({now, progress_.transferred, progress_.stored});
  while (now - samples_.front().at > window) samples_.pop_front();
}

double Model::per_second(Bytes Sample::*counter) const {
  if (samples_.size() < 2) return 0;
  const Sample& first = samples_.front();
  const Sample& last = samples_.back();
  const double seconds = std::chrono::duration<double>(last.at - first.at).count();
  if (seconds <= 0 || (last.*counter) < (first.*counter)) return 0;
  return static_cast<double>((last.*counter - first.*counter).count) / seconds;
}

Bytes Model::speed() const {
  return {static_cast<std::uint64_t>(per_second(&Sample::transferred))};
}

std::optional<std::chrono::seconds> Model::remaining() const {
  // Copied blobs are stored but not received; a large blob in transfer is received but not stored yet.
  const double rate = std::max(per_second(&Sample::transferred), per_second(&Sample::stored));
  if (rate <= 0 || progress_.resolved == 0) return std::nullopt;
  const double known = static_cast<double>(progress_.planned.count);
  const double unresolved = static_cast<double>(progress_.rows) - static_cast<double>(progress_.resolved);
  const double left = known - static_cast<double>(progress_.stored.count) +
                      std::max(unresolved, 0.0) * known / static_cast<double>(progress_.resolved);
  const double seconds = std::ceil(std::max(left, 0.0) / rate);
  if (seconds > max_forecast) return std::nullopt;
  return std::chrono::seconds(static_cast<std::chrono::seconds::rep>(seconds));
}

std::chrono::milliseconds Model::elapsed() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(latest_ - started_.value_or(latest_));
}

}  // namespace acedt::ui
