#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "acedt/async/event.hpp"

namespace acedt::async {

/// One computation a key: the first claimant works, the others wait for its result. Thread: the one of `executor`.
template <class Key, class Value>
class OnceMap {
  struct Entry {
    explicit Entry(const Executor& executor) : changed(executor) {}
    Event changed;
    bool claimed = true;
    std::optional<Value> value;
  };

 public:
  /// The right and the duty to produce a key's value. Dropped unfinished (a failure), it passes to the next waiter.
  class Claim {
   public:
    Claim(Claim&& other) noexcept = default;
    Claim& operator=(Claim&&) = delete;
    ~Claim() {
      if (!entry_ || entry_->value) return;
      entry_->claimed = false;
      entry_->changed.wake_one();
    }
    /// The value, if somebody already produced it; then there is nothing left to do.
    const Value* done() const { return entry_->value ? &*entry_->value : nullptr; }
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

  /// The next claimant of `key` works again.
  void forget(const Key& key) { entries_.erase(key); }

 private:
  Executor executor_;
  std::map<Key, std::shared_ptr<Entry>> entries_;
};

}  // namespace acedt::async
