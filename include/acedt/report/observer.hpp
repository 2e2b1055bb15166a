#pragma once

// What happens in a run, as values: an Event is one of the structs below, and an Observer receives each. Texts contain
// no secrets; `archive` is a file name such as "000001-tools.tar"; `name` and `artifact` are those of a row of the
// list.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/report/transfers.hpp"

namespace acedt::report {

/// The run starts.
struct RunStarted {
  std::size_t rows = 0;       ///< of the list, without dropped ones
  std::size_t skipped = 0;    ///< already in the tracker
  std::size_t unchecked = 0;  ///< of these: rows with a tag that was not checked
};

/// A row is already archived.
struct RowSkipped {
  std::string name = {};
  std::string artifact = {};
  std::string archive = {};  ///< from the tracker, as is the digest
  std::string digest = {};
};

/// A row is ignored because a later one has the same name.
struct RowDropped {
  std::string name = {};
  std::string artifact = {};
  std::size_t line = 0;       ///< of the list
  std::size_t kept_line = 0;  ///< of the row that counts
};

/// The graph of a row's artifact is known.
struct ArtifactResolved {
  std::string name = {};
  std::string archive = {};
  std::string artifact = {};
  oci::Digest digest;
  std::size_t manifests = 0;
  std::size_t blobs = 0;   ///< blobs that this archive stores
  Bytes size = {};         ///< of those blobs
  std::size_t shared = 0;  ///< blobs left out because an earlier archive has them
  Bytes shared_size = {};
  std::optional<std::size_t> referrers = {};  ///< signatures, SBOMs, …; unset if referrers were not requested
};

/// A blob is in its archive and verified.
struct BlobStored {
  std::string archive = {};
  oci::Digest digest;
  Bytes size = {};
  Bytes fetched = {};  ///< from the registry; the rest is from another archive, or recovered
  int attempts = 0;    ///< of fetching it; 0: nothing was fetched
};

/// An attempt failed and will be repeated.
struct Retrying {
  std::string what = {};  ///< "blob sha256:… from https://…"
  std::string why = {};
  std::chrono::milliseconds delay = {};
  int attempt = 0;        ///< number of the failed attempt, from 1
  std::string host = {};  ///< host[:port] that the request went to
};

/// A host asks for a pause (Retry-After, RFC 9110 section 10.2.3): until it is over, the run sends it no requests.
struct HostPaused {
  std::string host = {};  ///< host[:port]
  std::chrono::milliseconds pause = {};
};

/// A host to which requests failed answers again.
struct HostRecovered {
  std::string host = {};  ///< host[:port]
};

/// An archive has its final name, and the tracker its row.
struct ArchiveCommitted {
  std::string archive = {};
  std::string artifact = {};
  oci::Digest digest;
  Bytes size = {};                            ///< of the file
  std::optional<std::size_t> referrers = {};  ///< as in ArtifactResolved
  std::vector<std::string> needs = {};        ///< archives with lower numbers that have blobs which it leaves out
};

/// Something that the user should know, and that fails nothing.
struct Warning {
  std::string text = {};
};

/// The fields of an acedt::Error.
struct Problem {
  ErrorKind kind = ErrorKind::bad_input;
  std::string text = {};
  std::string hint = {};
};

/// A row failed.
struct RowFailed {
  std::string name = {};
  std::string artifact = {};
  Problem problem = {};
  int attempts = 1;
  bool passed_over = false;  ///< the run continues without it
  std::size_t line = 0;      ///< of the list
};

/// The run ended before the row was done or had failed.
struct RowLeft {
  std::string name = {};
  std::string artifact = {};
};

/// The run ended; the last event.
struct RunFinished {
  std::size_t archives = 0;             ///< committed
  std::size_t failed = 0;               ///< rows
  Bytes fetched = {};                   ///< received from registries, with manifests and retries
  std::size_t requests = 0;             ///< HTTP requests made
  Bytes shared_size = {};               ///< of blobs that were left out because an earlier archive has them
  bool complete = false;                ///< every row of the list is now in the tracker
  std::optional<Problem> problem = {};  ///< the one that ended it
  std::size_t dependent = 0;            ///< committed archives that need archives of other names
  Bytes recovered = {};                 ///< bytes of blobs that an interrupted run left, and that were verified
};

// A push of archives into a registry (mirror deserialize, mirror batch-deserialize). `artifact` is where an archive
// goes: "registry.example/repository:tag".

/// The push starts.
struct PushStarted {
  std::size_t archives = 0;  ///< to push, including those that are already there
  std::size_t skipped = 0;   ///< archives in the record
  std::string shard = {};    ///< "3/8" if only this share of the blobs is pushed; empty: everything
};

/// An archive is skipped because it is in the record.
struct PushSkipped {
  std::string archive = {};
  std::string artifact = {};
};

/// An archive was read, and can be pushed.
struct PushPlanned {
  std::string archive = {};
  std::string artifact = {};
  std::size_t manifests = 0;
  std::size_t blobs = 0;
  Bytes size = {};  ///< of manifests and blobs
};

/// An archive is complete at the destination, with its tag and its row in the record; or, of a shard, its share of the
/// blobs is there.
struct ArchivePushed {
  std::string archive = {};
  std::string artifact = {};
  oci::Digest digest;  ///< of the root manifest
  std::size_t manifests = 0;
  std::size_t blobs = 0;                       ///< sent
  std::size_t there = 0;                       ///< blobs that the destination had; their bytes were not read
  Bytes sent = {};                             ///< of blobs and manifests, each counted once
  std::optional<oci::Digest> moved_from = {};  ///< what the tag pointed to before; unset if it is new or was not moved
  std::optional<oci::Digest> kept_at = {};     ///< the root of a later archive, to which the tag still points
  bool is_planned_only = false;                ///< --dry-run: nothing was sent; the numbers are what would be sent
  std::string shard = {};                      ///< as in PushStarted
};

/// An archive could not be pushed.
struct PushFailed {
  std::string archive = {};
  std::string artifact = {};
  Problem problem = {};
};

/// The push ended before this archive was pushed or failed.
struct PushLeft {
  std::string archive = {};
};

/// The push ended; the last event.
struct PushFinished {
  std::size_t archives = 0;  ///< pushed
  std::size_t skipped = 0;
  std::size_t failed = 0;
  Bytes sent = {};  ///< all bytes of bodies, including those that were sent again
  std::size_t requests = 0;
  bool complete = false;                ///< every archive is at the destination; or every blob of the shard
  bool is_planned_only = false;         ///< --dry-run
  std::string shard = {};               ///< as in PushStarted
  std::optional<Problem> problem = {};  ///< the one that ended it
};

using What = std::variant<RunStarted, RowSkipped, RowDropped, ArtifactResolved, BlobStored, Retrying, HostPaused,
                          HostRecovered, ArchiveCommitted, RowFailed, RowLeft, Warning, RunFinished, PushStarted,
                          PushSkipped, PushPlanned, ArchivePushed, PushFailed, PushLeft, PushFinished>;

struct Event {
  std::chrono::steady_clock::time_point at;
  What what;
};

/// Counters that all connections increase and displays read. Any thread. A run that starts over, see
/// serialize::Passes, continues with new ones.
struct Counters {
  std::atomic<std::uint64_t> bytes_received{0};  ///< body bytes from registries
  std::atomic<std::uint64_t> bytes_sent{0};      ///< body bytes to registries
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> bytes_planned{0};    ///< of all blobs that are known to be needed
  std::atomic<std::uint64_t> bytes_stored{0};     ///< of those, in archives; or at the destination
  std::atomic<std::uint64_t> bytes_recovered{0};  ///< of those, left by an interrupted run, or there before a push
  Transfers transfers;                            ///< of blobs
};

/// Receives the events of a run. Called on the thread of control; must not block for long.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Called for each event.
  virtual void on(const Event& event) = 0;
  /// Called about every 200 ms during a run, for live displays.
  virtual void tick(std::chrono::steady_clock::time_point now, const Counters& counters) = 0;
};

/// Sends `observer` an event that happens now.
inline void tell(Observer& observer, What what) {
  observer.on({std::chrono::steady_clock::now(), std::move(what)});
}

}  // namespace acedt::report
