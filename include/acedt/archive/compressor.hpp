#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "acedt/archive/writer.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/async/thread_pool.hpp"
#include "acedt/base/buffers.hpp"
#include "acedt/base/units.hpp"
#include "acedt/codec/compression.hpp"

namespace acedt::archive {

/// The bytes of a tar stream in each frame, except the last one of an archive.
inline constexpr Bytes frame_size = 4_MiB;
/// The smallest window of a Compressor: the frame that is written next, and one ahead.
inline constexpr Bytes min_window = frame_size + frame_size;

/// Flow-control window: the highest stream position that may be buffered. It moves on as frames are written. Any
/// thread.
class Window {
 public:
  /// Positions up to `limit` are within the window.
  explicit Window(Bytes limit) : limit_(limit.count) {}

  /// Waits until `position` is within the window. Throws a copy of the failure if it never will be, and
  /// operation_aborted when cancelled.
  async::awaitable<void> reach(Bytes position);
  /// Moves the window on to `limit`.
  void extend(Bytes limit);
  /// Ends the window at `from`: every present and future reach() of a later position throws `failure`. If it is called
  /// again, the lowest `from` counts.
  void fail(Bytes from, std::exception_ptr failure);

 private:
  struct Waiter {
    Waiter(const async::Executor& of_thread, Bytes wanted)
        : executor(of_thread), position(wanted), reached(of_thread) {}
    async::Executor executor;
    Bytes position;
    async::Event reached;
  };

  bool add(std::shared_ptr<Waiter> waiter);
  bool is_reached(Bytes position);
  bool decided(Bytes position) const;
  void wake();

  std::atomic<std::uint64_t> limit_;
  std::mutex mutex_;                            // guards what follows
  std::list<std::shared_ptr<Waiter>> waiters_;  // by position
  std::exception_ptr failure_;
  Bytes failed_from_{std::numeric_limits<std::uint64_t>::max()};
};

class CompressedWriter;

/// Compresses the archives of a run in parallel. Its input is one sequence: the tar streams of the archives, one after
/// another, each divided into frames of 4 MiB.
///
/// - Writers copy bytes into the buffers of frames, in any order. A complete frame is compressed on a pool of threads,
/// and
///   frames are written in order.
/// - Memory is bounded by the window: a writer waits if it is too far ahead of the frame that is written next. Writes
/// to
///   that frame never wait, so the window cannot deadlock.
/// - If an archive cannot be written, it fails with all later ones: their write(), room() and finish() throw, also
/// those
///   that wait. Earlier archives are completed.
/// - The frames depend on the streams only, not on timing.
///
/// Thread: the one of `control`; any for write(), read_back() and release() of its writers.
class Compressor {
 public:
  /// How to compress.
  struct Settings {
    codec::Compression compression;
    int level;
    std::size_t threads;
    Bytes window;                         ///< raised to min_window
    std::optional<Bytes> part_size = {};  ///< a larger archive is in parts, see JoinedFile
  };

  /// `disk` must outlive this. Throws Error(internal) if a thread cannot be started.
  Compressor(const async::Executor& control, Settings settings, const Disk& disk = Disk::real());
  ~Compressor();

  /// Returns the writer of the next archive in the order of the run; its tar stream has `size` bytes. Throws
  /// Error(bad_input) if all streams together reach 2^64 bytes, Error(storage) or Error(no_space) if the file cannot be
  /// opened.
  std::shared_ptr<Writer> next(const std::filesystem::path& path, Bytes size);

  /// Ends the threads. Must be awaited before the destructor; what was not written is lost.
  async::awaitable<void> close();

 private:
  friend class CompressedWriter;

  Buffers::Buffer take_buffer();
  void give_buffer(Buffers::Buffer buffer);
  codec::FrameEncoder take_encoder();
  void give_encoder(codec::FrameEncoder encoder);
  void compress(std::shared_ptr<CompressedWriter> writer, std::uint64_t frame);
  void fail(const CompressedWriter& writer, const std::exception_ptr& failure);
  void write_ready();

  async::Executor control_;
  Settings settings_;
  const Disk& disk_;
  Window window_;
  Bytes begun_{0};       // position in the sequence where the next archive starts
  Bytes written_{0};     // position up to which frames are in files; for the writing thread
  std::mutex ordering_;  // guards the next three
  std::deque<std::shared_ptr<CompressedWriter>> unwritten_;  // archives that are not completely written, in order
  std::exception_ptr failure_;                               // of an archive: no later one is written
  bool writing_ = false;                                     // a thread is writing frames
  std::mutex spares_;                                        // guards the next two
  std::vector<codec::FrameEncoder> encoders_;
  Buffers buffers_;
  async::ThreadPool pool_;
};

}  // namespace acedt::archive
