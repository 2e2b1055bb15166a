#include "closure/hash_thread.hpp"

#include <utility>

#include "acedt/async/thread_pool.hpp"
#include "acedt/codec/hasher.hpp"

namespace acedt::closure {
namespace {

constexpr std::size_t max_items = 16;  // of 256 KiB at most: what a decoder yields at once

}  // namespace

std::optional<Fault> compare(const archive::Found& blob, const oci::Digest& digest) {
  if (digest == blob.digest) return std::nullopt;
  return Fault{blob.digest, "has the digest " + digest.text()};
}

HashThread::HashThread() : thread_(async::start_thread([this] { serve(); })) {}

HashThread::~HashThread() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    items_.clear();
  }
  moved_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void HashThread::add(const archive::Found& blob, std::span<const std::byte> bytes) {
  Item item{blob};
  {
    const std::lock_guard lock(mutex_);
    if (!spares_.empty()) item.bytes = std::move(spares_.back());
    if (!spares_.empty()) spares_.pop_back();
  }
  item.bytes.assign(bytes.begin(), bytes.end());
  push(std::move(item));
}

void HashThread::end(const archive::Found& blob) {
  push({blob, {}, true});
}

void HashThread::push(Item item) {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [this] { return items_.size() < max_items || failure_; });
  if (failure_) std::rethrow_exception(failure_);
  items_.push_back(std::move(item));
  moved_.notify_all();
}

std::vector<Fault> HashThread::finish() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  moved_.notify_all();
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  return std::move(damage_);
}

void HashThread::serve() {
  std::unique_lock lock(mutex_);
  try {
    hash(lock);
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    failure_ = std::current_exception();
    moved_.notify_all();
  }
}

void HashThread::hash(std::unique_lock<std::mutex>& lock) {
  std::optional<codec::Hasher> hasher;  // of the current blob
  for (;;) {
    moved_.wait(lock, [this] { return !items_.empty() || is_closed_; });
    if (items_.empty()) return;
    Item item = std::move(items_.front());
    items_.pop_front();
    moved_.notify_all();
    lock.unlock();
    if (!hasher) hasher.emplace(item.blob.digest.algorithm());
    hasher->update(item.bytes);
    std::optional<Fault> fault;
    if (item.is_end) fault = compare(item.blob, hasher->finish());
    if (item.is_end) hasher.reset();
    lock.lock();
    if (fault) damage_.push_back(*fault);
    if (!item.is_end) spares_.push_back(std::move(item.bytes));
  }
}

}  // namespace acedt::closure
