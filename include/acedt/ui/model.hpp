#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "acedt/report/observer.hpp"

namespace acedt::ui {

/// The progress of a run.
struct Progress {
  std::size_t rows = 0;       ///< to do in this run
  std::size_t unchecked = 0;  ///< rows that are done, although their tag may have moved
  std::size_t resolved = 0;   ///< rows whose blobs are known
  std::size_t committed = 0;  ///< rows whose archive is committed, or pushed
  std::size_t failed = 0;     ///< rows
  std::size_t left = 0;       ///< rows that the run did not come to; known at its end
  Bytes planned = {};         ///< of the blobs that are known to be needed
  Bytes done = {};            ///< of those, in archives; or sent, or at the destination before
  Bytes recovered = {};       ///< of those that are done, without any transfer in this run
  Bytes transferred = {};     ///< bodies from and to registries
  std::uint64_t requests = 0;

  bool operator==(const Progress&) const = default;
};

/// How much of a whole is done.
struct Share {
  double percent = 0;
  bool is_estimated = false;  ///< the size of some rows is not known yet
};

/// A blob in transfer.
struct ShownTransfer {
  std::uint64_t number = 0;  ///< in the order of their beginnings
  std::string archive = {};
  std::string digest = {};
  Bytes size = {};
  Bytes done = {};
  Bytes rate = {};                 ///< per second
  std::chrono::seconds idle = {};  ///< for how long no byte has come
};

/// A host that requests wait for.
struct Wait {
  std::string host = {};
  std::string why = {};                           ///< of the latest failure
  std::size_t failed = 0;                         ///< attempts since it last answered; 0: it asked for a pause
  std::optional<std::chrono::seconds> left = {};  ///< until the next attempt; unset: one is being made
};

/// Turns events and counters into what displays show: totals, rates, a forecast, what is in transfer, and what is
/// waited for. Pure: the time is an argument.
class Model {
 public:
  static constexpr std::size_t max_transfers = 4;

  /// As in report::Observer; tick() must be called with increasing times.
  void on(const report::Event& event);
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters);

  const Progress& progress() const noexcept { return progress_; }
  /// Returns how much of the whole list is done. Rows whose size is not known count with the mean of the others. Never
  /// less than at an earlier tick; 100 % only once every row is done.
  Share share() const noexcept { return share_; }
  /// Returns the size of the whole list, estimated in the same way.
  Bytes whole() const;
  /// Returns the bytes transferred per second, over the last 10 s.
  Bytes speed() const;
  /// Returns the time to the end of the list, at the rate of the last minute. Bytes that were recovered do not count.
  /// Returns nullopt for the first two seconds, if nothing moved for 10 s, and if it would take more than 1000 h.
  std::optional<std::chrono::seconds> remaining() const;
  /// Returns the time from the first to the latest event or tick.
  std::chrono::milliseconds elapsed() const;

  /// Returns the transfers that take longest, at most `max`, in the order of their beginnings. Transfers of less than a
  /// second are left out.
  std::vector<ShownTransfer> transfers(std::size_t max = max_transfers) const;
  /// Returns the hosts that are waited for; those with most failures come first.
  std::vector<Wait> waits() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Sample {
    Time at;
    Bytes transferred;
    Bytes worked;  // done without recovered
  };
  struct Tracked {
    ShownTransfer shown;
    Time since;
    Time moved_at;
    double rate = 0;  // an exponential average, divided by its weight
    double weight = 0;
    double time_left() const;
  };
  struct Trouble {
    Time since;
    Time latest;
    std::string why = {};
    std::size_t failed = 0;
    std::vector<Time> next = {};  // attempts
    Time paused_until = {};
  };

  void note(const report::RunStarted& run);
  void note(const report::RowSkipped& row);
  void note(const report::PushStarted& push);
  void note(const report::ArtifactResolved& artifact);
  void note(const report::PushPlanned& push);
  void note(const report::ArchiveCommitted& archive) { end(archive.archive); }
  void note(const report::ArchivePushed& archive) { end(archive.archive); }
  void note(const report::RowFailed&) { ++progress_.failed; }
  void note(const report::PushFailed& push);
  void note(const report::RowLeft&) { ++progress_.left; }
  void note(const report::PushLeft&) { ++progress_.left; }
  void note(const report::Retrying& retry);
  void note(const report::HostPaused& pause);
  void note(const report::HostRecovered& host);
  void note(const auto&) {}
  void resolved(const std::string& archive, Bytes size);
  void end(const std::string& archive);

  void count(const report::Counters& counters);
  void start_over();
  void track(const report::Transfers& transfers, double seconds);
  void choose_transfers();
  void forget_old_trouble();
  std::size_t unresolved() const;
  Share current_share() const;

  Progress progress_;
  std::size_t known_skips_ = 0;  // rows whose RowSkipped is still to come, and that are not among progress_.rows
  Progress before_;              // bytes and requests of earlier passes
  bool is_push_ = false;
  std::map<std::string, Bytes> pending_;  // resolved and not committed, by archive
  Bytes committed_;                       // planned bytes of the committed archives
  Share share_;
  std::deque<Sample> samples_;  // of the last minute
  std::optional<Time> started_;
  std::optional<Time> ticked_;
  Time latest_;
  std::map<std::uint64_t, Tracked> transfers_;  // by number
  std::vector<std::uint64_t> chosen_;           // of those, to show
  std::map<std::string, Trouble> trouble_;      // by host
};

}  // namespace acedt::ui
