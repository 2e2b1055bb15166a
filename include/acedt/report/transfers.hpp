#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/oci/digest.hpp"

namespace acedt::report {

/// What a transfer has done so far.
struct TransferState {
  std::uint64_t number;  ///< in the order of their beginnings, from 1
  std::string archive;   ///< file name
  oci::Digest digest;    ///< of the blob
  Bytes size;
  Bytes done;  ///< in the archive, or read to be sent; at most `size`
};

/// The blobs that are in transfer. Any thread.
///
/// A transfer costs one lock at its beginning and one at its end; its bytes cost an atomic addition. Displays sample
/// the states when they draw.
class Transfers {
 public:
  class Transfer;

  /// Returns the state of each transfer that has begun and not ended, in no order.
  std::vector<TransferState> states() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t begun_ = 0;
  std::vector<Transfer*> transfers_;
};

/// One transfer, which begins with this object.
class Transfers::Transfer {
 public:
  /// `all`, `archive` and `digest` must outlive it.
  Transfer(Transfers& all, const std::string& archive, const oci::Digest& digest, Bytes size)
      : all_(all), archive_(archive), digest_(digest), size_(size) {
    begin();
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() { end(); }

  void add(std::uint64_t bytes) noexcept { done_.fetch_add(bytes, std::memory_order_relaxed); }
  /// After a failure, or at the beginning if an earlier run left some of the blob.
  void restart_at(Bytes done) noexcept { done_.store(done.count, std::memory_order_relaxed); }
  /// Ends the transfer, even if other connections still hold this object. Further calls do nothing.
  void end() noexcept {
    const std::lock_guard lock(all_.mutex_);
    if (has_ended_) return;
    has_ended_ = true;
    Transfer* const last = all_.transfers_.back();
    all_.transfers_[place_] = last;
    last->place_ = place_;
    all_.transfers_.pop_back();
  }

 private:
  friend class Transfers;

  void begin() {
    const std::lock_guard lock(all_.mutex_);
    number_ = ++all_.begun_;
    place_ = all_.transfers_.size();
    all_.transfers_.push_back(this);
  }

  Transfers& all_;
  const std::string& archive_;
  const oci::Digest& digest_;
  Bytes size_;
  std::atomic<std::uint64_t> done_{0};
  std::uint64_t number_ = 0;
  std::size_t place_ = 0;   // in all_.transfers_; under its mutex
  bool has_ended_ = false;  // under its mutex
};

inline std::vector<TransferState> Transfers::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<TransferState> states;
  states.reserve(transfers_.size());
  for (const Transfer* one : transfers_) {
    const Bytes done{one->done_.load(std::memory_order_relaxed)};
    states.push_back({one->number_, one->archive_, one->digest_, one->size_, std::min(done, one->size_)});
  }
  return states;
}

}  // namespace acedt::report
