#include "acedt/archive/writer.hpp"

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

#include <string>

using namespace acedt;
using archive::Writer;
using async::awaitable;
using testing::put;
using testing::some_bytes;

namespace {

awaitable<void> write_every(std::size_t nth, std::size_t first, std::string_view stream, Writer& writer) {
  constexpr std::size_t piece = 1000;
  const std::size_t pieces = (stream.size() + piece - 1) / piece;
  for (std::size_t i = pieces; i-- > 0;) {  // back to front
    if (i % nth != first) continue;
    const auto bytes = as_bytes(stream.substr(i * piece, piece));
    const std::size_t of_head = i % (bytes.size() + 1);
    const Bytes at{i * piece};
    co_await writer.write(at, bytes.first(of_head), bytes.subspan(of_head), archive::Writer::Retain::no);
  }
}

}  // namespace

TEST_CASE("a plain archive that several threads write in any order equals the stream") {
  const testing::Scratch scratch;
  const std::string stream = some_bytes(300'123);
  async::Runtime runtime(3);
  const auto main = [&]() -> awaitable<void> {
    const auto writer = archive::plain_writer(scratch / "a.tar", {stream.size()});
    async::TaskGroup group(runtime.control());
    for (std::size_t i = 0; i < runtime.threads(); ++i) {
      group.spawn(async::run_on(runtime.executor(i), write_every(runtime.threads(), i, stream, *writer)));
    }
    co_await group.join();
    co_await writer->finish();
    CHECK(writer->file_size() == Bytes{stream.size()});
  };
  CHECK(runtime.run(main) == 0);
  CHECK(read_file(scratch / "a.tar") == stream);
}

TEST_CASE("a plain archive has its full size from the start and replaces a file of another size") {
  const testing::Scratch scratch;
  const auto path = scratch.file("a.tar", std::string(5000, 'x'));
  const auto writer = archive::plain_writer(path, {3000});
  CHECK(read_file(path) == std::string(3000, '\0'));
}

TEST_CASE("bytes of a plain archive may be overwritten") {
  testing::run([](async::Executor) -> awaitable<void> {
    const testing::Scratch scratch;
    const auto writer = archive::plain_writer(scratch / "a.tar", {10});
    CHECK(writer->rewritable());
    co_await put(writer, 0, "0123456789");
    co_await put(writer, 3, "abc");
    co_await put(writer, 8, "de");
    co_await writer->finish();
    CHECK(read_file(scratch / "a.tar") == "012abc67de");
  });
}

TEST_CASE("the location in a plain archive is the offset in the stream") {
  testing::run([](async::Executor) -> awaitable<void> {
    const testing::Scratch scratch;
    const std::string stream = some_bytes(100'000);
    const auto writer = archive::plain_writer(scratch / "a.tar", {stream.size()});
    co_await put(writer, 0, stream);
    co_await writer->finish();
    for (const std::uint64_t offset : {0UL, 1UL, 512UL, 99'999UL})
      CHECK(testing::read_from(scratch / "a.tar", writer->location({offset})) == stream.substr(offset));
  });
}

TEST_CASE("written extents of a plain archive are recorded, whatever the file system reports") {
  testing::run([](async::Executor) -> awaitable<void> {
    const testing::Scratch scratch;
    // As if a backup had read the whole file: all of it counts as data.
    const testing::FaultyDisk disk(testing::FaultyDisk::always(Disk::Call::find_data, EOPNOTSUPP));
    const Bytes size = 10_MiB;
    const std::string bytes = some_bytes((1_MiB).count);
    const auto recovered = [&] { return archive::plain_writer(scratch / "a.tar", size, {}, disk)->recovered(); };
    {
      const auto writer = archive::plain_writer(scratch / "a.tar", size, {}, disk);
      CHECK(writer->recovered().empty());
      for (const std::uint64_t at : {2U, 0U, 1U, 6U}) co_await put(writer, at << 20, bytes);
      co_await put(writer, (9_MiB).count, std::string_view(bytes).substr(1));  // too small to be recorded
    }
    const std::vector<File::Extent> written = {{{}, 3_MiB}, {6_MiB, 7_MiB}};
    CHECK(recovered() == written);
    CHECK(recovered() == written);
    File::open_or_create(scratch / "a.tar.written").append("00000000000007340032 00000000000099999999\nxyz");
    CHECK(recovered() == written);
    File::create(scratch / "a.tar").append("of another size");
    CHECK(recovered().empty());
    CHECK(recovered().empty());
  });
}

TEST_CASE("small adjacent writes are recorded as one extent, in any order") {
  testing::run([](async::Executor) -> awaitable<void> {
    const testing::Scratch scratch;
    const testing::FaultyDisk disk(testing::FaultyDisk::always(Disk::Call::find_data, EOPNOTSUPP));
    const Bytes size = 4_MiB;
    {
      const auto writer = archive::plain_writer(scratch / "a.tar", size, {}, disk);
      const std::string bytes = some_bytes(64 << 10);
      for (const unsigned first : {1U, 0U})
        for (unsigned i = first; i < 16; i += 2) co_await put(writer, 100 + i * bytes.size(), bytes);
    }
    const auto recovered = archive::plain_writer(scratch / "a.tar", size, {}, disk)->recovered();
    CHECK(recovered == std::vector<File::Extent>{{100_B, {100 + (1U << 20)}}});
  });
}

TEST_CASE("committed() removes the record of a plain archive") {
  const testing::Scratch scratch;
  archive::plain_writer(scratch / "a.tar", 4_MiB)->committed();
  CHECK(Disk::real().list(scratch.path()) == std::vector<std::string>{"a.tar"});
}

TEST_CASE("the error for an archive that cannot be created names it") {
  const testing::Scratch scratch;
  const auto path = scratch / "missing" / "a.tar";
  const std::string text = testing::failure(ErrorKind::storage, [&] { archive::plain_writer(path, {10}); });
  CHECK(text.find(path.string()) != std::string::npos);
}
