// The whole is what is planned, plus an estimate for the rows that are not resolved yet: each counts with the mean of
// those that are. The forecast divides what is left of it by the rate at which it was done in the last minute. What an
// interrupted run left is done at once and says nothing on how fast the rest will be, so it is not part of that rate.
//
// A run may start over with the rows that are left (serialize::Passes), with new counters. The bytes of committed
// archives are then carried over.

#include "acedt/ui/model.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "acedt/ui/text.hpp"

namespace acedt::ui {
namespace {

using namespace std::chrono_literals;

constexpr auto speed_window = 10s;
constexpr auto forecast_window = 60s;
constexpr auto min_forecast_window = 2s;
constexpr double max_forecast = 1000 * 3600;  // seconds; a longer forecast is meaningless
constexpr double max_unfinished = 99.9;       // percent

constexpr auto min_age = 1s;         // of a transfer, to be shown
constexpr double rate_memory = 3;    // seconds that the rate of one transfer averages over
constexpr double min_rate = 1000;    // bytes per second, for the time that a stalled transfer takes
constexpr double much_slower = 2;    // times: a transfer takes the place of a shown one if it needs that much longer
constexpr auto min_trouble = 500ms;  // shorter ones are not shown
constexpr auto max_silence = 60s;    // of a host with failures that nobody asks any more

template <class Sample>
double per_second(const std::deque<Sample>& samples, std::chrono::seconds window, Bytes Sample::*counter) {
  if (samples.size() < 2) return 0;
  const Sample& last = samples.back();
  const auto first = std::ranges::find_if(samples, [&](const Sample& one) { return last.at - one.at <= window; });
  const double seconds = std::chrono::duration<double>(last.at - first->at).count();
  if (seconds <= 0 || last.*counter < (*first).*counter) return 0;
  return static_cast<double>((last.*counter - (*first).*counter).count) / seconds;
}

Bytes less(Bytes a, Bytes b) {
  return a > b ? a - b : Bytes{};
}

}  // namespace

void Model::on(const report::Event& event) {
  latest_ = event.at;
  if (!started_) started_ = event.at;
  std::visit([this](const auto& what) { note(what); }, event.what);
}

void Model::note(const report::RunStarted& run) {
  progress_.unchecked = run.unchecked;
  known_skips_ = run.skipped;
  progress_.rows = run.rows - run.skipped;
}

void Model::note(const report::RowSkipped&) {
  if (known_skips_ > 0) {
    --known_skips_;  // not among `rows`
  } else if (progress_.rows > 0) {
    --progress_.rows;  // its tag was found unchanged
  }
}

void Model::note(const report::PushStarted& push) {
  progress_.rows = push.archives - push.skipped;
  is_push_ = true;
}

void Model::note(const report::ArtifactResolved& artifact) {
  resolved(artifact.archive, artifact.size);
}

void Model::note(const report::PushPlanned& push) {
  resolved(push.archive, push.size);
}

void Model::note(const report::PushFailed& push) {
  ++progress_.failed;
  pending_.erase(push.archive);
}

void Model::note(const report::Retrying& retry) {
  if (retry.host.empty()) return;
  Trouble& trouble = trouble_.try_emplace(retry.host, Trouble{latest_, latest_}).first->second;
  if (trouble.failed++ == 0) trouble.since = latest_;
  trouble.latest = latest_;
  trouble.why = cause_of(retry.why);
  trouble.next.push_back(latest_ + retry.delay);
}

void Model::note(const report::HostPaused& pause) {
  Trouble& trouble = trouble_.try_emplace(pause.host, Trouble{latest_, latest_}).first->second;
  trouble.latest = latest_;
  trouble.paused_until = std::max<Time>(trouble.paused_until, latest_ + pause.pause);
}

void Model::note(const report::HostRecovered& host) {
  const auto found = trouble_.find(host.host);
  if (found == trouble_.end()) return;
  found->second.failed = 0;
  found->second.next.clear();
}

void Model::resolved(const std::string& archive, Bytes size) {
  if (pending_.insert_or_assign(archive, size).second) ++progress_.resolved;
  // Rows that are rebuilt because an archive was lost are not in the list.
  progress_.rows = std::max(progress_.rows, progress_.committed + progress_.failed + pending_.size());
}

void Model::end(const std::string& archive) {
  ++progress_.committed;
  const auto found = pending_.find(archive);
  if (found == pending_.end()) return;
  committed_ += found->second;
  pending_.erase(found);
}

void Model::tick(Time now, const report::Counters& counters) {
  const double seconds = ticked_ ? std::chrono::duration<double>(now - *ticked_).count() : 0;
  latest_ = now;
  ticked_ = now;
  if (!started_) started_ = now;
  track(counters.transfers, seconds);
  count(counters);
  choose_transfers();
  forget_old_trouble();

  const Bytes worked = less(progress_.done, progress_.recovered);
  if (worked == Bytes{} && progress_.transferred == Bytes{}) samples_.clear();  // the time before the first byte
  samples_.push_back({now, progress_.transferred, worked});
  while (now - samples_.front().at > forecast_window) samples_.pop_front();

  const Share share = current_share();
  share_ = {std::max(share_.percent, share.percent), share.is_estimated};
}

void Model::count(const report::Counters& counters) {
  const std::uint64_t requests = counters.requests.load(std::memory_order_relaxed);
  if (before_.requests + requests < progress_.requests) start_over();
  progress_.requests = before_.requests + requests;
  progress_.transferred = before_.transferred + Bytes{counters.bytes_received.load(std::memory_order_relaxed) +
                                                      counters.bytes_sent.load(std::memory_order_relaxed)};
  progress_.planned = before_.planned + Bytes{counters.bytes_planned.load(std::memory_order_relaxed)};
  progress_.recovered = before_.recovered + Bytes{counters.bytes_recovered.load(std::memory_order_relaxed)};
  progress_.done = before_.done + Bytes{counters.bytes_stored.load(std::memory_order_relaxed)};
  if (!is_push_) return;
  // A blob that is pushed counts as stored when it is complete.
  for (const auto& [number, transfer] : transfers_) progress_.done += transfer.shown.done;
}

/// The counters are those of a new pass.
void Model::start_over() {
  before_ = progress_;
  before_.planned = before_.done = committed_;
  before_.recovered = std::min(before_.recovered, committed_);
  progress_.resolved = progress_.committed;
  pending_.clear();
  samples_.clear();
}

/// Returns the number of rows whose size is unknown.
std::size_t Model::unresolved() const {
  const std::size_t known = progress_.committed + progress_.failed + pending_.size();
  return progress_.rows - std::min(progress_.rows, known);
}

Bytes Model::whole() const {
  const std::size_t known = progress_.committed + pending_.size();
  if (known == 0) return progress_.planned;
  const double mean = static_cast<double>(progress_.planned.count) / static_cast<double>(known);
  return progress_.planned + Bytes{static_cast<std::uint64_t>(mean * static_cast<double>(unresolved()))};
}

Share Model::current_share() const {
  const std::size_t ended = progress_.committed + progress_.failed;
  const bool is_estimated = unresolved() > 0;
  if (ended > 0 && ended >= progress_.rows && progress_.failed == 0) return {100, false};
  double part = static_cast<double>(progress_.done.count);
  double all = static_cast<double>(whole().count);
  if (all == 0) {  // no row needs a blob so far
    part = static_cast<double>(progress_.committed);
    all = static_cast<double>(std::max<std::size_t>(progress_.rows, 1));
  }
  return {std::min(100 * part / all, max_unfinished), is_estimated};
}

Bytes Model::speed() const {
  return {static_cast<std::uint64_t>(per_second(samples_, speed_window, &Sample::transferred))};
}

std::optional<std::chrono::seconds> Model::remaining() const {
  if (samples_.empty() || samples_.back().at - samples_.front().at < min_forecast_window) return std::nullopt;
  const double rate = per_second(samples_, forecast_window, &Sample::worked);
  const bool moves = per_second(samples_, speed_window, &Sample::worked) > 0;
  if (!moves || progress_.resolved == 0) return std::nullopt;
  const double seconds = std::ceil(static_cast<double>(less(whole(), progress_.done).count) / rate);
  if (seconds > max_forecast) return std::nullopt;
  return std::chrono::seconds(static_cast<std::chrono::seconds::rep>(seconds));
}

std::chrono::milliseconds Model::elapsed() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(latest_ - started_.value_or(latest_));
}

double Model::Tracked::time_left() const {
  return static_cast<double>((shown.size - shown.done).count) /
         std::max(static_cast<double>(shown.rate.count), min_rate);
}

void Model::track(const report::Transfers& transfers, double seconds) {
  std::map<std::uint64_t, Tracked> tracked;
  for (const report::TransferState& state : transfers.states()) {
    const auto known = transfers_.find(state.number);
    if (known == transfers_.end()) {
      ShownTransfer shown{state.number, state.archive, state.digest.text(), state.size, state.done};
      tracked.emplace(state.number, Tracked{std::move(shown), latest_, latest_});
      continue;
    }
    Tracked& now = tracked.emplace(state.number, std::move(known->second)).first->second;
    const Bytes came = less(state.done, now.shown.done);
    if (came > Bytes{}) now.moved_at = latest_;
    const double share_of_new = 1 - std::exp(-seconds / rate_memory);
    now.rate += share_of_new * ((seconds > 0 ? static_cast<double>(came.count) / seconds : 0) - now.rate);
    now.weight += share_of_new * (1 - now.weight);
    now.shown.rate = {static_cast<std::uint64_t>(now.weight > 0 ? now.rate / now.weight : 0)};
    now.shown.done = state.done;
    now.shown.idle = std::chrono::duration_cast<std::chrono::seconds>(latest_ - now.moved_at);
  }
  transfers_ = std::move(tracked);
}

/// A transfer that is shown stays until its end, so that the rows keep their places, unless another one will take much
/// longer.
void Model::choose_transfers() {
  std::erase_if(chosen_, [this](std::uint64_t number) { return !transfers_.contains(number); });
  const auto ends_earlier = [this](std::uint64_t a, std::uint64_t b) {
    return transfers_.at(a).time_left() < transfers_.at(b).time_left();
  };
  for (const auto& [number, transfer] : transfers_) {
    if (latest_ - transfer.since < min_age || std::ranges::count(chosen_, number) > 0) continue;
    if (chosen_.size() < max_transfers) {
      chosen_.push_back(number);
      continue;
    }
    const auto first = std::ranges::min_element(chosen_, ends_earlier);
    if (transfer.time_left() > much_slower * transfers_.at(*first).time_left()) *first = number;
  }
}

std::vector<ShownTransfer> Model::transfers(std::size_t max) const {
  std::vector<const Tracked*> found;
  for (const std::uint64_t number : chosen_) found.push_back(&transfers_.at(number));
  std::ranges::stable_sort(found, [](const auto* a, const auto* b) { return a->time_left() > b->time_left(); });
  std::vector<ShownTransfer> shown;
  for (std::size_t i = 0; i < std::min(max, found.size()); ++i) shown.push_back(found[i]->shown);
  std::ranges::sort(shown, {}, &ShownTransfer::number);
  return shown;
}

void Model::forget_old_trouble() {
  for (auto& [host, trouble] : trouble_) std::erase_if(trouble.next, [this](Time next) { return next <= latest_; });
  std::erase_if(trouble_, [this](const auto& entry) {
    const Trouble& trouble = entry.second;
    const bool is_over = trouble.failed == 0 || (trouble.next.empty() && latest_ - trouble.latest > max_silence);
    return is_over && trouble.paused_until <= latest_;
  });
}

std::vector<Wait> Model::waits() const {
  const auto until = [this](Time time) { return std::chrono::ceil<std::chrono::seconds>(time - latest_); };
  std::vector<Wait> waits;
  for (const auto& [host, trouble] : trouble_) {
    if (trouble.paused_until > latest_) {
      waits.push_back({host, {}, 0, until(trouble.paused_until)});
      continue;
    }
    if (trouble.failed == 0 || latest_ - trouble.since < min_trouble) continue;
    Wait wait{host, trouble.why, trouble.failed};
    const auto next = std::ranges::min_element(trouble.next);
    if (next != trouble.next.end() && *next > latest_) wait.left = until(*next);
    waits.push_back(std::move(wait));
  }
  std::ranges::stable_sort(waits, std::greater<>(), &Wait::failed);
  return waits;
}

}  // namespace acedt::ui
