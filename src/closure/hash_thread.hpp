#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "acedt/archive/contents.hpp"
#include "acedt/closure/closure.hpp"
#include "acedt/oci/digest.hpp"

namespace acedt::closure {

/// Returns the fault of a blob that has `digest`; nullopt if that is its own.
std::optional<Fault> compare(const archive::Found& blob, const oci::Digest& digest);

/// Hashes blobs on a separate thread, one after another, while the caller decodes the archive. At most 4 MiB are
/// queued. Thread: one caller.
class HashThread {
 public:
  /// Throws Error(internal) if the thread cannot be started.
  HashThread();
  HashThread(const HashThread&) = delete;
  HashThread& operator=(const HashThread&) = delete;
  ~HashThread();

  /// Adds bytes of `blob`. Blocks while the queue is full. Throws what the hashing threw.
  void add(const archive::Found& blob, std::span<const std::byte> bytes);
  /// Ends `blob`, all of whose bytes were added. Throws as add() does.
  void end(const archive::Found& blob);
  /// Waits for the end of all hashing, and returns the blobs with wrong bytes. Call it last. Throws as add() does.
  std::vector<Fault> finish();

 private:
  /// Bytes of a blob, or its end.
  struct Item {
    archive::Found blob;
    std::vector<std::byte> bytes = {};
    bool is_end = false;
  };

  void push(Item item);
  void serve();
  void hash(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;  // guards what follows, up to the thread
  std::condition_variable moved_;
  std::deque<Item> items_;
  std::vector<std::vector<std::byte>> spares_;
  std::vector<Fault> damage_;
  std::exception_ptr failure_;
  bool is_closed_ = false;
  std::thread thread_;
};

}  // namespace acedt::closure
