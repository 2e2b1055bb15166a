// The way from written bytes to frames in files:
//
//     write() ─▶ Frame (4 MiB buffer) ─▶ settled: pack() on the pool ─▶ write_ready(): in order ─▶ file, record
//
// A frame is open while it is within the window and not written. A byte is settled when it has arrived and will not be
// read back; a frame whose bytes are all settled is compressed into its own buffer. One thread at a time writes frames;
// a thread that finds another one writing leaves its frame to it. Each written frame moves the window on.

#include "acedt/archive/compressor.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "archive/early_flush.hpp"
#include "archive/records.hpp"

namespace acedt::archive {
namespace {

// Room for the headers and trailer of a frame whose content does not compress.
constexpr Bytes frame_overhead{4096};

Compressor::Settings with_min_window(Compressor::Settings settings) {
  settings.window = std::max(settings.window, min_window);
  return settings;
}

/// Throws `failure`. An Error is copied first, as several callers get it and each adds its own context.
[[noreturn]] void throw_copy(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    throw Error(error);
  }
}

/// Decodes `packed` into `content`. Returns whether it is exactly one frame of exactly that size.
bool decode_whole(codec::Compression compression, std::span<const std::byte> packed, std::span<std::byte> content) {
  codec::Decoder decoder(compression);
  try {
    while (!packed.empty() && !content.empty()) {
      const auto [consumed, produced] = decoder.decode(packed, content);
      packed = packed.subspan(consumed);
      content = content.subspan(produced);
    }
    std::byte beyond{};
    while (!packed.empty()) {  // the checksum, for example
      if (decoder.at_boundary()) return false;
      const auto [consumed, produced] = decoder.decode(packed, {&beyond, 1});
      if (produced > 0 || consumed == 0) return false;
      packed = packed.subspan(consumed);
    }
  } catch (const Error&) {
    return false;
  }
  return content.empty() && decoder.at_boundary();
}

}  // namespace

async::awaitable<void> Window::reach(Bytes position) {
  if (position.count <= limit_.load(std::memory_order_acquire)) co_return;
  auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor, position);
  bool reached = add(waiter);
  while (!reached) {
    co_await waiter->reached.wait();
    reached = is_reached(position);
  }
}

bool Window::add(std::shared_ptr<Waiter> waiter) {
  const std::lock_guard lock(mutex_);
  if (decided(waiter->position)) return true;
  const auto after = [&](const std::shared_ptr<Waiter>& other) { return other->position > waiter->position; };
  waiters_.insert(std::find_if(waiters_.begin(), waiters_.end(), after), waiter);
  return false;
}

bool Window::is_reached(Bytes position) {
  const std::lock_guard lock(mutex_);
  return decided(position);
}

/// Returns whether `position` is within the window. Throws if it never will be.
bool Window::decided(Bytes position) const {
  if (failure_ && position > failed_from_) throw_copy(failure_);
  return position.count <= limit_.load(std::memory_order_acquire);
}

void Window::extend(Bytes limit) {
  const std::lock_guard lock(mutex_);
  limit_.store(std::min(limit, failed_from_).count, std::memory_order_release);
  wake();
}

void Window::fail(Bytes from, std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  if (from >= failed_from_) return;
  failed_from_ = from;
  failure_ = std::move(failure);
  limit_.store(std::min(limit_.load(std::memory_order_acquire), from.count), std::memory_order_release);
  wake();
}

/// Wakes the waiters within the window, and those that never will be.
void Window::wake() {
  std::erase_if(waiters_, [this](const std::shared_ptr<Waiter>& waiter) {
    if (waiter->position.count > limit_ && waiter->position <= failed_from_) return false;
    asio::post(waiter->executor, [waiter] { waiter->reached.wake_all(); });
    return true;
  });
}

/// One archive of a Compressor.
class CompressedWriter : public Writer, public std::enable_shared_from_this<CompressedWriter> {
 public:
  CompressedWriter(Compressor& compressor, const std::filesystem::path& path, Bytes begin, Bytes size)
      : compressor_(compressor),
        file_(JoinedFile::open_or_create(path, compressor.settings_.part_size, compressor.disk_)),
        begin_(begin),
        size_(size),
        frame_count_((size.count + frame_size.count - 1) / frame_size.count),
        flush_(size),
        changed_(compressor.control_) {
    if (frame_count_ > 1) record_.emplace(path, compressor.disk_);  // else there is nothing to recover
    recover_frames();
  }

  const std::vector<File::Extent>& recovered() const noexcept override { return recovered_; }

  async::awaitable<void> room(Bytes offset, Bytes size) override {
    return compressor_.window_.reach(begin_ + offset + std::min(size, compressor_.settings_.window - frame_size));
  }

  async::awaitable<void> write(Bytes offset, std::span<const std::byte> head, std::span<const std::byte> tail,
                               Retain retain) override {
    co_await put(offset, head, Retain::no);
    const Bytes after_head = offset + Bytes{head.size()};
    co_await put(after_head, tail, retain);
  }

  void read_back(Bytes offset, std::span<std::byte> buffer) override {
    each_frame(offset, {buffer.size()}, [&](const FramePart& next) {
      std::memcpy(buffer.data(), open(next.frame).bytes.get() + next.within, next.size);
      buffer = buffer.subspan(next.size);
    });
  }

  void release(Bytes offset, Bytes size) override {
    each_frame(offset, size, [&](const FramePart& next) { settle(open(next.frame), next.frame, next.size); });
  }

  bool rewritable() const noexcept override { return false; }

  void committed() override {
    if (record_) record_->remove();
  }

  void forget_from(Bytes offset) override {
    const std::uint64_t kept = offset.count / frame_size.count;
    if (kept >= std::max<std::uint64_t>(begins_.size(), recorded_.size())) return;
    if (record_) record_->cut(kept);
    file_.truncate(is_recorded(kept) ? recorded_[kept].at : begins_[kept]);
  }

  async::awaitable<void> finish() override {
    while (!done_) co_await changed_.wait();
    if (failure_) throw_copy(failure_);
  }

  tar::Location location(Bytes offset) const override {
    return {begins_[offset.count / frame_size.count].count, offset.count % frame_size.count};
  }
  Bytes file_size() const override { return file_size_; }

 private:
  friend class Compressor;

  /// A frame with some of its content, not written yet.
  struct Frame {
    Buffers::Buffer bytes;                     // content; once packed, the compressed frame, unless
    std::optional<codec::StoredFrame> stored;  // the content does not compress: what surrounds it in the frame
    std::atomic<std::size_t> settled{0};       // bytes that have arrived and will not be read back
    std::atomic<std::size_t> packed{0};        // size of the packed frame; 0: not packed
  };

  /// Recovers the frames of an interrupted run. They are read when their content is verified, settle like others, and
  /// count as written in their turn, without being written again.
  void recover_frames() {
    if (record_) recorded_ = record_->frames(frame_count_, file_.size());
    const Bytes end = recorded_.empty() ? Bytes{} : recorded_.back().at + recorded_.back().size;
    if (file_.size() != end) file_.truncate(end);
    if (!recorded_.empty()) recovered_.push_back({{}, {std::min(recorded_.size() * frame_size.count, size_.count)}});
  }

  bool is_recorded(std::uint64_t frame) const { return frame < recorded_.size(); }

  std::size_t raw_size(std::uint64_t frame) const {
    return std::min(frame_size.count, size_.count - frame * frame_size.count);
  }

  /// Returns an open frame; opens it if necessary, and reads its content if it is recovered.
  Frame& open(std::uint64_t number) {
    const std::lock_guard lock(opening_);
    Frame& frame = open_[number];
    if (!frame.bytes) frame.bytes = is_recorded(number) ? read_recorded(number) : compressor_.take_buffer();
    return frame;
  }

  /// Returns null if the frame is not open.
  Frame* find(std::uint64_t number) {
    const std::lock_guard lock(opening_);
    const auto found = open_.find(number);
    return found == open_.end() ? nullptr : &found->second;
  }

  /// Reads and decodes a recovered frame. Throws MustRebuild if it is damaged.
  Buffers::Buffer read_recorded(std::uint64_t number) {
    const FrameRecord::Frame& recorded = recorded_[number];
    Buffers::Buffer bytes = compressor_.take_buffer();
    std::vector<std::byte> packed(std::min(recorded.size, frame_size + frame_overhead).count);
    const std::span<const std::byte> read = std::span(packed).first(file_.read_at(recorded.at, packed));
    const bool is_whole = Bytes{read.size()} == recorded.size && codec::crc32({&read, 1}) == recorded.checksum &&
                          decode_whole(compressor_.settings_.compression, read, {bytes.get(), raw_size(number)});
    if (is_whole) return bytes;
    throw must_rebuild(number);
  }

  MustRebuild must_rebuild(std::uint64_t frame) const {
    const Bytes from{frame * frame_size.count};
    return {from, file_.path().string() + ": the data of an interrupted run is damaged from byte " +
                      std::to_string(from.count) + " of the tar stream"};
  }

  /// Copies `bytes` to their frames; compares them with the content of frames that are recovered.
  async::awaitable<void> put(Bytes offset, std::span<const std::byte> bytes, Retain retain) {
    while (!bytes.empty()) {
      const auto [frame, within, n] = frame_part(offset, bytes.size());
      const Bytes end = begin_ + offset + Bytes{n};
      co_await compressor_.window_.reach(end);
      Frame& target = open(frame);
      std::byte* const destination = target.bytes.get() + within;
      if (!is_recorded(frame)) {
        std::memcpy(destination, bytes.data(), n);
      } else if (std::memcmp(destination, bytes.data(), n) != 0) {
        throw must_rebuild(frame);
      }
      if (retain == Retain::no) settle(target, frame, n);
      bytes = bytes.subspan(n);
      offset.count += n;
    }
  }

  /// The part of a range of the stream that lies in one frame.
  struct FramePart {
    std::uint64_t frame;
    std::size_t within;
    std::size_t size;
  };
  /// Returns the first part of `size` bytes at `offset`.
  FramePart frame_part(Bytes offset, std::uint64_t size) const {
    const std::uint64_t frame = offset.count / frame_size.count;
    const std::size_t within = offset.count % frame_size.count;
    return {frame, within, std::min<std::uint64_t>(size, raw_size(frame) - within)};
  }

  /// Calls `use` with each part of `size` bytes at `offset`.
  template <class Use>
  void each_frame(Bytes offset, Bytes size, Use use) {
    while (size.count > 0) {
      const FramePart next = frame_part(offset, size.count);
      use(next);
      offset.count += next.size;
      size.count -= next.size;
    }
  }

  /// Settles `n` bytes of a frame, and compresses it when all are settled.
  void settle(Frame& frame, std::uint64_t number, std::size_t n) {
    const std::size_t settled = frame.settled.fetch_add(n, std::memory_order_acq_rel) + n;
    if (settled == raw_size(number)) compressor_.compress(shared_from_this(), number);
  }

  /// On a thread of the pool: replaces the content in the buffer by the compressed frame, or keeps it as stored.
  void pack(std::uint64_t frame, codec::FrameEncoder& encoder) {
    Frame& target = *find(frame);
    if (is_recorded(frame)) return target.packed.store(recorded_[frame].size.count, std::memory_order_release);
    const std::span<const std::byte> content(target.bytes.get(), raw_size(frame));
    const auto packed = encoder.encode(content);
    const std::size_t size =
        packed ? packed->size() : target.stored.emplace(compressor_.settings_.compression, content).size().count;
    assert(size <= (frame_size + frame_overhead).count);
    if (packed) std::memcpy(target.bytes.get(), packed->data(), size);
    target.packed.store(size, std::memory_order_release);
  }

  bool can_write() {
    if (failure_ || is_written()) return false;
    const Frame* next = find(begins_.size());
    return next != nullptr && next->packed.load(std::memory_order_acquire) > 0;
  }
  bool is_written() const { return begins_.size() == frame_count_; }

  void append(Frame& frame) {
    const std::span<const std::byte> packed(frame.bytes.get(), frame.packed);
    const auto buffers = frame.stored ? frame.stored->buffers() : std::vector{packed};
    file_.write_at(file_size_, buffers);
    flush_.wrote(file_, frame.packed);
    if (record_) record_->append({frame.packed}, codec::crc32(buffers));
  }

  /// Writes the next frame, or passes over a recovered one. Returns the size of its content.
  Bytes write_next() {
    const std::uint64_t number = begins_.size();
    Frame& frame = *find(number);
    if (!is_recorded(number)) append(frame);
    begins_.push_back(file_size_);
    file_size_ += Bytes{frame.packed};
    compressor_.give_buffer(std::move(frame.bytes));
    const std::lock_guard lock(opening_);
    open_.erase(number);
    return {raw_size(number)};
  }

  /// Ends finish(), with `failure` unless it is null; only the first call counts. Requires ordering_ of the compressor.
  void end(std::exception_ptr failure) {
    if (std::exchange(ended_, true)) return;
    failure_ = std::move(failure);
    asio::post(compressor_.control_, [self = shared_from_this()] {
      self->done_ = true;
      self->changed_.wake_all();
    });
  }

  Compressor& compressor_;
  JoinedFile file_;
  Bytes begin_;  // position of its stream in the sequence of all streams
  Bytes size_;
  std::uint64_t frame_count_;
  std::optional<FrameRecord> record_;
  std::vector<FrameRecord::Frame> recorded_;  // recovered frames: 24 bytes per 4 MiB on disk
  std::vector<File::Extent> recovered_;
  std::mutex opening_;                   // guards the map, not the frames in it
  std::map<std::uint64_t, Frame> open_;  // by number
  std::vector<Bytes> begins_;            // offsets of the written frames: 8 bytes per 4 MiB
  Bytes file_size_{0};
  EarlyFlush flush_;
  bool ended_ = false;
  std::exception_ptr failure_;
  async::Event changed_;
  bool done_ = false;  // for the thread of control
};

Compressor::Compressor(const async::Executor& control, Settings settings, const Disk& disk)
    : control_(control),
      settings_(with_min_window(settings)),
      disk_(disk),
      window_(settings_.window),
      buffers_(frame_size + frame_overhead),
      pool_(settings.threads) {}

Compressor::~Compressor() = default;

std::shared_ptr<Writer> Compressor::next(const std::filesystem::path& path, Bytes size) {
  const Bytes max_position{std::numeric_limits<std::uint64_t>::max() - settings_.window.count};
  if (size > max_position - begun_)
    throw Error(ErrorKind::bad_input, "the archives of this run have 2^64 bytes or more in total");
  auto writer = std::make_shared<CompressedWriter>(*this, path, begun_, size);
  begun_ += size;
  const std::lock_guard lock(ordering_);
  unwritten_.push_back(writer);
  if (failure_) writer->end(failure_);
  return writer;
}

Buffers::Buffer Compressor::take_buffer() {
  const std::lock_guard lock(spares_);
  return buffers_.take();
}

void Compressor::give_buffer(Buffers::Buffer buffer) {
  const std::lock_guard lock(spares_);
  buffers_.give(std::move(buffer));
}

codec::FrameEncoder Compressor::take_encoder() {
  const std::lock_guard lock(spares_);
  if (encoders_.empty()) return {settings_.compression, settings_.level};
  codec::FrameEncoder encoder = std::move(encoders_.back());
  encoders_.pop_back();
  return encoder;
}

void Compressor::give_encoder(codec::FrameEncoder encoder) {
  const std::lock_guard lock(spares_);
  encoders_.push_back(std::move(encoder));
}

void Compressor::compress(std::shared_ptr<CompressedWriter> writer, std::uint64_t frame) {
  asio::post(pool_.executor(), [this, writer = std::move(writer), frame] {
    try {
      codec::FrameEncoder encoder = take_encoder();
      writer->pack(frame, encoder);
      give_encoder(std::move(encoder));
    } catch (...) {  // no memory
      fail(*writer, std::current_exception());
    }
    write_ready();
  });
}

/// Fails `writer` and all later archives, and wakes everything that waits for them.
void Compressor::fail(const CompressedWriter& writer, const std::exception_ptr& failure) {
  window_.fail(writer.begin_, failure);
  const std::lock_guard lock(ordering_);
  failure_ = failure;
  for (const std::shared_ptr<CompressedWriter>& other : unwritten_)
    if (other->begin_ >= writer.begin_) other->end(failure);
}

/// Writes packed frames as long as the next one is ready.
void Compressor::write_ready() {
  std::unique_lock lock(ordering_);
  if (std::exchange(writing_, true)) return;  // the writing thread looks again before it returns
  while (!unwritten_.empty() && unwritten_.front()->can_write()) {
    const std::shared_ptr<CompressedWriter> writer = unwritten_.front();
    lock.unlock();
    try {
      written_ += writer->write_next();
      window_.extend(written_ + settings_.window);
    } catch (...) {
      fail(*writer, std::current_exception());
    }
    lock.lock();
    if (!writer->is_written()) continue;
    writer->end(nullptr);
    unwritten_.pop_front();
  }
  writing_ = false;
}

async::awaitable<void> Compressor::close() {
  pool_.join();
  co_await asio::post(control_, asio::use_awaitable);  // after all that the threads posted
  unwritten_.clear();
}

}  // namespace acedt::archive
