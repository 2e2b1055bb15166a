#include "acedt/archive/compressor.hpp"

#include "acedt/async/crossing.hpp"
#include "acedt/async/runtime.hpp"
#include "acedt/async/task_group.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "support/archive.hpp"
#include "support/failure.hpp"
#include "support/faulty_disk.hpp"
#include "support/run.hpp"
#include "support/scratch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

using namespace acedt;
using archive::Compressor;
using archive::Writer;
using async::awaitable;
using async::TaskGroup;
using codec::Compression;
using testing::put;
using testing::some_bytes;

namespace {

constexpr std::uint64_t frame = (4_MiB).count;
const auto both = {Compression::zstd, Compression::gzip};

Compressor::Settings settings(Compression compression, Bytes window = 64_MiB, std::size_t threads = 2) {
  return {.compression = compression, .level = 1, .threads = threads, .window = window};
}

/// Writes the chunks number `first`, `first` + `step`, … of a stream.
struct Pieces {
  std::size_t size = 0;
  std::size_t first = 0;
  std::size_t step = 1;
  bool from_the_back = false;
};

awaitable<void> write(std::shared_ptr<Writer> writer, std::string_view stream, Pieces pieces) {
  std::vector<std::size_t> offsets;
  for (std::size_t i = pieces.first; i * pieces.size < stream.size(); i += pieces.step)
    offsets.push_back(i * pieces.size);
  if (pieces.from_the_back) std::reverse(offsets.begin(), offsets.end());
  for (const std::size_t offset : offsets) {
    const auto bytes = as_bytes(stream.substr(offset, pieces.size));
    const std::size_t of_head = offset % (bytes.size() + 1);
    const Bytes at{offset};
    co_await writer->write(at, bytes.first(of_head), bytes.subspan(of_head), Writer::Retain::no);
  }
}

/// Returns the file for `stream`, written by one thread from front to end.
std::string compressed(Compression compression, std::string_view stream) {
  const testing::Scratch scratch;
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Compressor compressor(executor, settings(compression, 64_MiB, 1));
    const auto writer = compressor.next(scratch / "a", {stream.size()});
    const Pieces pieces{.size = 100'000};
    co_await write(writer, stream, pieces);
    co_await writer->finish();
    co_await compressor.close();
  });
  return read_file(scratch / "a");
}

awaitable<void> write_and_note(std::shared_ptr<Writer> writer, std::uint64_t offset, std::string_view bytes,
                               bool& written) {
  co_await put(writer, offset, bytes);
  written = true;
}

/// Returns bytes that do not compress.
std::string noise(std::size_t size) {
  std::mt19937_64 random(7);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&random] { return static_cast<char>(random()); });
  return bytes;
}

/// Leaves at `path` what a run that was killed after the first `frames` of `stream` leaves.
void leave_frames(Compression compression, const std::filesystem::path& path, std::string_view stream,
                  std::size_t frames) {
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Compressor compressor(executor, settings(compression));
    const auto writer = compressor.next(path, {stream.size()});
    co_await put(writer, 0, stream.substr(0, frames * frame));
    co_await compressor.close();
  });
}

/// Returns the offset from which the archive must be rebuilt, as writing `bytes` at `offset` shows.
std::string spoilt_from(Compression compression, const std::filesystem::path& path, std::size_t size,
                        std::uint64_t offset, std::string_view bytes) {
  std::string from = "none";
  testing::run([&](async::Executor executor) -> awaitable<void> {
    Compressor compressor(executor, settings(compression));
    const auto writer = compressor.next(path, {size});
    try {
      co_await put(writer, offset, bytes);
    } catch (const archive::MustRebuild& spoilt) {
      from = std::to_string(spoilt.offset.count);
    }
    co_await compressor.close();
  });
  return from;
}

/// Returns the message of the Error of `kind` that `work` throws.
awaitable<std::string> failure_of(awaitable<void> work, ErrorKind kind) {
  std::string text = "no error";
  try {
    co_await std::move(work);
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    text = error.what();
  }
  co_return text;
}

}  // namespace

TEST_CASE("a compressed archive decodes to the stream, whatever its size") {
  for (const Compression compression : both) {
    for (const std::uint64_t size : {1UL, 1024UL, frame - 1, frame, frame + 1, 2 * frame + 5}) {
      const testing::Scratch scratch;
      const std::string stream = some_bytes(size);
      const auto path = scratch.file("a", compressed(compression, stream));
      CAPTURE(size);
      CHECK(archive::Reader(path, {}).compression() == compression);
      CHECK(testing::read_from(path, {}) == stream);
    }
  }
}

TEST_CASE("a stream gives the same bytes for any order of writes and number of threads") {
  const std::string stream = some_bytes(2 * frame + 12'345);
  const Pieces orders[] = {{.size = 77'777}, {.size = 512'000, .from_the_back = true}, {.size = 3 * frame}};
  for (const Compression compression : both) {
    const std::string want = compressed(compression, stream);
    for (const Pieces& order : orders) {
      for (const std::size_t threads : {1U, 3U}) {
        const testing::Scratch scratch;
        async::Runtime runtime(threads);
        const auto main = [&]() -> awaitable<void> {
          Compressor compressor(runtime.control(), settings(compression, 64_MiB, threads));
          const auto writer = compressor.next(scratch / "a", {stream.size()});
          TaskGroup group(runtime.control());
          for (std::size_t i = 0; i < threads; ++i) {
            Pieces share = order;
            share.first = i;
            share.step = threads;
            group.spawn(async::run_on(runtime.executor(i), write(writer, stream, share)));
          }
          co_await group.join();
          co_await writer->finish();
          CHECK(writer->file_size() == Bytes{want.size()});
          co_await compressor.close();
        };
        CHECK(runtime.run(main) == 0);
        CHECK((read_file(scratch / "a") == want));
      }
    }
  }
}

TEST_CASE("a reader finds any offset by the location that the writer returns") {
  const std::string stream = some_bytes(2 * frame + 1000);
  for (const Compression compression : both) {
    testing::run([&](async::Executor executor) -> awaitable<void> {
      const testing::Scratch scratch;
      Compressor compressor(executor, settings(compression));
      const auto writer = compressor.next(scratch / "a", {stream.size()});
      CHECK_FALSE(writer->rewritable());
      co_await put(writer, 0, stream);
      co_await writer->finish();
      co_await compressor.close();
      for (const std::uint64_t offset :
           {0UL, 1UL, 512UL, frame - 1, frame, frame + 1, 2 * frame - 512, 2 * frame + 999}) {
        const auto location = writer->location({offset});
        CAPTURE(offset);
        CHECK(location.skip == offset % frame);
        CHECK((testing::read_from(scratch / "a", location) == stream.substr(offset)));
        CHECK(testing::read_from(scratch / "a", location, 1) == stream.substr(offset, 1));
      }
    });
  }
}

TEST_CASE("a write beyond the window waits until earlier frames are written") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const testing::Scratch scratch;
    const std::string stream = some_bytes(4 * frame);
    const auto part = [&](std::size_t i) { return std::string_view(stream).substr(i * frame, frame); };
    Compressor compressor(executor, settings(Compression::zstd, 8_MiB));
    const auto writer = compressor.next(scratch / "a", {stream.size()});
    bool third = false, second = false, fourth = false;
    TaskGroup group(executor);
    group.spawn(write_and_note(writer, 2 * frame, part(2), third));
    group.spawn(write_and_note(writer, 3 * frame, part(3), fourth));
    CHECK_FALSE(third);
    group.spawn(write_and_note(writer, frame, part(1), second));
    CHECK(second);
    CHECK_FALSE(third);
    bool first = false;
    group.spawn(write_and_note(writer, 0, part(0), first));
    CHECK(first);
    CHECK_FALSE(third);
    CHECK_FALSE(fourth);
    co_await group.join();
    CHECK(third);
    CHECK(fourth);
    co_await writer->finish();
    co_await compressor.close();
    CHECK((testing::read_from(scratch / "a", {}) == stream));
  });
}

TEST_CASE("a window has two frames or more, so writes to the next frame never wait") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const testing::Scratch scratch;
    const std::string stream = some_bytes(3 * frame - 1);
    Compressor compressor(executor, settings(Compression::zstd, 1_B));
    const auto writer = compressor.next(scratch / "a", {stream.size()});
    co_await put(writer, 0, stream);
    co_await writer->finish();
    co_await compressor.close();
    CHECK((testing::read_from(scratch / "a", {}) == stream));
  });
}

TEST_CASE("room() waits for the window, and never for the frame that is written next") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const testing::Scratch scratch;
    const std::string stream = some_bytes(4 * frame);
    Compressor compressor(executor, settings(Compression::zstd, 8_MiB));
    const auto writer = compressor.next(scratch / "a", {stream.size()});
    std::vector<int> order;
    const auto wait = [&](Bytes offset, Bytes size, int number) -> awaitable<void> {
      co_await writer->room(offset, size);
      order.push_back(number);
    };
    TaskGroup group(executor);
    group.spawn(wait(12_MiB, 1_MiB, 3));
    group.spawn(wait(8_MiB, 1_MiB, 2));
    group.spawn(wait(0_MiB, 16_MiB, 1));
    CHECK(order == std::vector<int>{1});
    co_await put(writer, 0, stream);
    co_await group.join();
    CHECK(order == std::vector<int>{1, 2, 3});
    co_await writer->finish();
    co_await compressor.close();
  });
}

TEST_CASE("retained bytes can be read back, and are in the archive after release()") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const testing::Scratch scratch;
    const std::string stream = some_bytes(2 * frame + 77);
    Compressor compressor(executor, settings(Compression::zstd));
    const auto writer = compressor.next(scratch / "a", {stream.size()});
    const Bytes kept{frame - 1000};
    const auto tail = as_bytes(std::string_view(stream).substr(kept.count));
    const auto no_head = as_bytes("");
    co_await writer->write(kept, no_head, tail, Writer::Retain::yes);
    co_await put(writer, 0, std::string_view(stream).substr(0, kept.count));
    std::string again(tail.size(), '\0');
    writer->read_back(kept, std::as_writable_bytes(std::span(again)));
    CHECK((again == stream.substr(kept.count)));
    writer->release(kept, {tail.size() - 1});
    writer->release({stream.size() - 1}, 1_B);
    co_await writer->finish();
    co_await compressor.close();
    CHECK((testing::read_from(scratch / "a", {}) == stream));
  });
}

TEST_CASE("the window spans the archives of a run") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const testing::Scratch scratch;
    const std::string first = some_bytes(frame + 100, 1), second = some_bytes(frame, 2), third = some_bytes(50, 3);
    Compressor compressor(executor, settings(Compression::zstd, Bytes{2 * frame + 100}));
    const auto a = compressor.next(scratch / "a", {first.size()});
    const auto b = compressor.next(scratch / "b", {second.size()});
    const auto c = compressor.next(scratch / "c", {third.size()});
    bool of_a = false, of_b = false, of_c = false;
    TaskGroup group(executor);
    group.spawn(write_and_note(c, 0, third, of_c));
    CHECK_FALSE(of_c);
    group.spawn(write_and_note(b, 0, second, of_b));
    CHECK(of_b);
    group.spawn(write_and_note(a, 0, first, of_a));
    CHECK(of_a);
    co_await group.join();
    co_await a->finish();
    co_await b->finish();
    co_await c->finish();
    co_await compressor.close();
    CHECK((testing::read_from(scratch / "a", {}) == first));
    CHECK((testing::read_from(scratch / "b", {}) == second));
    CHECK(testing::read_from(scratch / "c", {}) == third);
  });
}

TEST_CASE("several archives in sequence equal those written alone") {
  const std::vector<std::string> streams = {some_bytes(1024, 1), some_bytes(frame, 2), some_bytes(frame + 7, 3),
                                            some_bytes(512, 4)};
  for (const Compression compression : both) {
    testing::run([&](async::Executor executor) -> awaitable<void> {
      const testing::Scratch scratch;
      Compressor compressor(executor, settings(compression));
      std::vector<std::shared_ptr<Writer>> writers;
      for (std::size_t i = 0; i < streams.size(); ++i)
        writers.push_back(compressor.next(scratch / std::to_string(i), {streams[i].size()}));
      const Pieces pieces{.size = 300'000};
      for (std::size_t i = streams.size(); i-- > 0;) co_await write(writers[i], streams[i], pieces);
      for (const auto& writer : writers) co_await writer->finish();
      co_await compressor.close();
      for (std::size_t i = 0; i < streams.size(); ++i)
        CHECK((read_file(scratch / std::to_string(i)) == compressed(compression, streams[i])));
    });
  }
}

TEST_CASE("finish() throws for a full disk and names the file") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const testing::Scratch scratch;
    const auto path = scratch / "a";
    const testing::FaultyDisk disk(testing::FaultyDisk::always(Disk::Call::write, ENOSPC));
    const std::string stream = some_bytes(frame + 5);
    Compressor compressor(executor, settings(Compression::zstd), disk);
    const auto writer = compressor.next(path, {stream.size()});
    co_await put(writer, 0, stream);
    const std::string text = co_await failure_of(writer->finish(), ErrorKind::no_space);
    CHECK(text == "write " + path.string() + ": No space left on device");
    co_await compressor.close();
  });
}

TEST_CASE("a failed write ends every wait for that archive and for later ones") {
  for (const Compression compression : both) {
    testing::run([&](async::Executor executor) -> awaitable<void> {
      const testing::Scratch scratch;
      const testing::FaultyDisk disk([](Disk::Call call, const std::filesystem::path& path, int) {
        return call == Disk::Call::write && path.filename() == "b" ? ENOSPC : 0;
      });
      const std::string stream = some_bytes(4 * frame);
      Compressor compressor(executor, settings(compression, 8_MiB), disk);
      const auto a = compressor.next(scratch / "a", {100});
      const auto b = compressor.next(scratch / "b", {stream.size()});
      const auto c = compressor.next(scratch / "c", {stream.size()});
      std::vector<std::string> failures;
      const auto fails = [&](awaitable<void> work) -> awaitable<void> {
        std::string text = co_await failure_of(std::move(work), ErrorKind::no_space);
        failures.push_back(std::move(text));
      };
      TaskGroup group(executor);
      group.spawn(fails(b->finish()));
      group.spawn(fails(c->finish()));
      group.spawn(fails(b->room(Bytes{3 * frame}, 1_B)));
      group.spawn(fails(c->room({}, 1_B)));
      group.spawn(fails(put(b, 2 * frame, std::string_view(stream).substr(0, frame))));
      group.spawn(fails(put(c, frame, std::string_view(stream).substr(0, frame))));
      CHECK(failures.empty());
      co_await put(b, 0, std::string_view(stream).substr(0, frame));
      co_await put(a, 0, std::string_view(stream).substr(0, 100));
      co_await group.join();
      const auto late = compressor.next(scratch / "d", 10_B);
      co_await fails(late->finish());
      co_await fails(put(late, 0, "0123456789"));
      const std::string text = "write " + (scratch / "b").string() + ": No space left on device";
      CHECK(failures == std::vector<std::string>(8, text));
      co_await a->finish();
      co_await compressor.close();
      CHECK(testing::read_from(scratch / "a", {}) == stream.substr(0, 100));
    });
  }
}

TEST_CASE("recovered frames are continued, and the file equals that of one run") {
  const std::string stream = some_bytes(4 * frame + 100);
  for (const Compression compression : both) {
    const testing::Scratch scratch;
    leave_frames(compression, scratch / "a", stream, 3);
    testing::run([&](async::Executor executor) -> awaitable<void> {
      Compressor compressor(executor, settings(compression, 8_MiB));
      const auto writer = compressor.next(scratch / "a", {stream.size()});
      CHECK(writer->recovered() == std::vector<File::Extent>{{{}, {3 * frame}}});
      co_await put(writer, 0, std::string_view(stream).substr(0, 1000));
      std::string again(2 * frame - 1000, '\0');
      writer->read_back({1000}, std::as_writable_bytes(std::span(again)));
      CHECK((again == stream.substr(1000, again.size())));
      writer->release({1000}, {again.size()});
      co_await put(writer, 2 * frame, std::string_view(stream).substr(2 * frame));
      co_await writer->finish();
      CHECK(writer->location({3 * frame + 7}).skip == 7);
      CHECK((testing::read_from(scratch / "a", writer->location({3 * frame + 7})) == stream.substr(3 * frame + 7)));
      co_await compressor.close();
    });
    CHECK((read_file(scratch / "a") == compressed(compression, stream)));
  }
}

TEST_CASE("a write to a recovered frame must equal its content") {
  const std::string stream = some_bytes(3 * frame);
  for (const Compression compression : both) {
    const testing::Scratch scratch;
    leave_frames(compression, scratch / "a", stream, 2);
    std::string other = stream.substr(frame, 2000);
    other.back() ^= 1;
    CHECK(spoilt_from(compression, scratch / "a", stream.size(), frame, stream.substr(frame, 2000)) == "none");
    CHECK(spoilt_from(compression, scratch / "a", stream.size(), frame, other) == std::to_string(frame));
  }
}

TEST_CASE("a recovered frame with any changed bit is refused") {
  const std::string stream = noise(3 * frame);  // stored: its frames have no checksum of their own
  for (const Compression compression : both) {
    for (const std::size_t from_end : {std::size_t{1}, std::size_t{frame / 2}, std::size_t{frame}}) {
      const testing::Scratch scratch;
      leave_frames(compression, scratch / "a", stream, 2);
      std::string bytes = read_file(scratch / "a");
      bytes[bytes.size() - from_end] ^= 4;
      scratch.file("a", bytes);
      CHECK(spoilt_from(compression, scratch / "a", stream.size(), frame, stream.substr(frame, 10)) ==
            std::to_string(frame));
      CHECK(spoilt_from(compression, scratch / "a", stream.size(), 0, stream.substr(0, 10)) == "none");
    }
  }
}

TEST_CASE("a record that counts bytes after a frame as part of it is refused") {
  const std::string stream = some_bytes(3 * frame);
  for (const Compression compression : both) {
    const testing::Scratch scratch;
    leave_frames(compression, scratch / "a", stream, 1);
    const std::string bytes = read_file(scratch / "a") + '\0';
    scratch.file("a", bytes);
    const auto all = as_bytes(bytes);
    std::array<char, 32> line{};
    std::snprintf(line.data(), line.size(), "%010zu %08x\n", bytes.size(), codec::crc32({&all, 1}));
    scratch.file("a.frames", line.data());
    CHECK(spoilt_from(compression, scratch / "a", stream.size(), 0, stream.substr(0, 10)) == "0");
  }
}

TEST_CASE("memory does not depend on the declared size of an archive") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const testing::Scratch scratch;
    Compressor compressor(executor, settings(Compression::zstd));
    const Bytes claimed{1UL << 61};
    const auto writer = compressor.next(scratch / "a", claimed);
    co_await put(writer, 0, some_bytes(frame));
    for (int i = 1; i < 7; ++i) compressor.next(scratch / std::to_string(i), claimed);
    const std::string text = testing::failure(ErrorKind::bad_input, [&] { compressor.next(scratch / "8", claimed); });
    CHECK(text.find("2^64") != std::string::npos);
    co_await compressor.close();
  });
}

TEST_CASE("a compressor can be closed with unfinished archives and waiting writers") {
  testing::run([](async::Executor executor) -> awaitable<void> {
    const testing::Scratch scratch;
    const std::string stream = some_bytes(2 * frame);
    Compressor compressor(executor, settings(Compression::zstd, 8_MiB));
    const auto writer = compressor.next(scratch / "a", {stream.size()});
    const auto behind = compressor.next(scratch / "b", {stream.size()});
    bool written = false;
    TaskGroup group(executor);
    group.spawn(write_and_note(behind, frame, std::string_view(stream).substr(frame), written));
    group.cancel();
    co_await group.join();
    CHECK_FALSE(written);
    co_await compressor.close();
    CHECK(read_file(scratch / "a").empty());
  });
}
