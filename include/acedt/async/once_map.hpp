#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "acedt/async/task_group.hpp"

namespace acedt::async {

/// Computes the value of each key once: the first claimant works, the others wait for its result.
///
/// A claimant that fails or is cancelled hands its claim to the next waiter, not its failure: the other work may well
/// succeed. Thread: the one that runs `executor`.
template <class Key, class Value>
class OnceMap {
  struct Entry {
    explicit Entry(const Executor& executor) : changed(executor) {}
    Event changed;
    bool claimed = true;
    std::optional<Value> value;
  };

 public:
  /// The right and the duty to produce a key's value. Its destructor passes an unfinished claim to the next waiter.
  class Claim {
   public:
    Claim(Claim&& other) noexcept = default;
    Claim& operator=(Claim&&) = delete;
    ~Claim() {
      if (!entry_ || entry_->value) return;
      entry_->claimed = false;
      entry_->changed.wake_one();
    }
    /// Returns the value if another claimant produced it, else null: then the holder produces it and calls finish().
    const Value* done() const { return entry_->value ? &*entry_->value : nullptr; }
    /// Stores the value and wakes all waiters.
    void finish(Value value) {
      entry_->value = std::move(value);
      entry_->changed.wake_all();
    }

   private:
    friend class OnceMap;
    explicit Claim(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
    std::shared_ptr<Entry> entry_;
  };

  explicit OnceMap(Executor executor) : executor_(std::move(executor)) {}

  /// Waits until the value of `key` exists or its claim is free. Throws operation_aborted when cancelled.
  awaitable<Claim> claim(Key key) {
    auto found = entries_.find(key);
    if (found == entries_.end()) {
      auto fresh = std::make_shared<Entry>(executor_);
      entries_.emplace(std::move(key), fresh);
      co_return Claim(std::move(fresh));
    }
    std::shared_ptr<Entry> entry = found->second;
    while (!entry->value && entry->claimed) co_await entry->changed.wait();
    entry->claimed = true;
    co_return Claim(std::move(entry));
  }

  /// Removes the value of `key`: the next claimant works again.
  void forget(const Key& key) { entries_.erase(key); }

 private:
  Executor executor_;
  std::map<Key, std::shared_ptr<Entry>> entries_;
};

}  // namespace acedt::async
