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
#include <vector>

#include "acedt/archive/writer.hpp"
#include "acedt/async/event.hpp"
#include "acedt/async/thread_pool.hpp"
#include "acedt/base/buffers.hpp"
#include "acedt/base/units.hpp"
#include "acedt/codec/compression.hpp"

namespace acedt::archive {

/// Of a tar stream, in each frame but the last of an archive.
inline constexpr Bytes frame_size = 4_MiB;
/// The least that the window of a Compressor can be: a frame to be written, and one ahead.
inline constexpr Bytes min_window = frame_size + frame_size;

/// How far ahead of what is written one may write: a mark that moves on, until writing fails. Any thread.
class Window {
 public:
  explicit Window(Bytes limit) : limit_(limit.count) {}

  /// Waits until `position` is within the limit. Throws a copy of the failure if that will never be.
  async::awaitable<void> reach(Bytes position);
  void extend(Bytes limit);
  /// Nothing after `from` will be written: every reach() of a later position fails, now and from now on. Of several
  /// failures the one with the least `from` counts.
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
  std::mutex mutex_;                            // of what follows
  std::list<std::shared_ptr<Waiter>> waiters_;  // by position
  std::exception_ptr failure_;
  Bytes failed_from_{std::numeric_limits<std::uint64_t>::max()};
};

class CompressedWriter;

/// Compresses the archives of a run: their tar streams, one behind the other, cut into frames.
///
/// A frame is 4 MiB of one archive's stream, or what is left of it. Whoever has bytes puts them where they belong in a
/// frame; one that is full is compressed on a pool of threads, in its own buffer, and frames are written in order. The
/// memory that this takes has a bound: nobody may write further than a window ahead of the frame that is written next,
/// and who writes that one never waits. An archive that cannot be written fails with those after it: every write(),
/// room() and finish() of them throws, those that wait too; archives before it go on. Same stream, same frames: cuts
/// depend on nothing but offsets.
///
/// Thread: that of `control`; the writers' write(), read_back() and release() from any.
class Compressor {
 public:
  struct Settings {
    codec::Compression compression;
    int level;
    std::size_t threads;
    Bytes window;  ///< min_window, if it is less
  };

  /// `disk` must outlive it. Throws Error(internal) if its threads cannot be started.
  Compressor(const async::Executor& control, Settings settings, const Disk& disk = Disk::real());
  ~Compressor();

  /// The next archive in the order of the run, with a tar stream of `size` bytes. Throws Error(bad_input) if all of
  /// them together are not less than 2^64 bytes.
  std::shared_ptr<Writer> next(const std::filesystem::path& path, Bytes size);

  /// Ends the threads. Must be awaited before it is destroyed; what is not written by then is lost.
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
  Bytes begun_{0};                                      // of all tar streams: where the next archive begins
  Bytes written_{0};                                    // of all tar streams: what is in files; for who writes
  std::mutex ordering_;                                 // of these three
  std::deque<std::shared_ptr<CompressedWriter>> line_;  // not completely written, in order
  std::exception_ptr failure_;                          // of one of them: nothing that comes after it is written
  bool writing_ = false;                                // a thread is at it
  std::mutex spares_;                                   // of these two
  std::vector<codec::FrameEncoder> encoders_;
  Buffers buffers_;
  async::ThreadPool pool_;
};

}  // namespace acedt::archive
