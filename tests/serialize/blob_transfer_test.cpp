#include "serialize/blob_transfer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/registry/problem.hpp"
#include "support/failure.hpp"

using namespace acedt;
using namespace acedt::serialize;
using testing::failure;
using Piece = Pieces::Piece;
using Verdict = BlobTransfer::Verdict;

namespace {

const std::vector<std::byte> bytes(100);

std::span<const std::byte> some(std::size_t count) {
  return std::span(bytes).first(count);
}

std::exception_ptr error_of(ErrorKind kind) {
  return std::make_exception_ptr(Error(kind, "no luck"));
}

/// Takes and keeps `count` bytes. Returns their offset in the blob.
std::uint64_t feed(PieceFetch& fetch, std::size_t count) {
  const PieceFetch::Taken taken = fetch.take(some(count));
  fetch.kept(taken.bytes.size());
  return taken.offset;
}

}  // namespace

TEST_CASE("recovered ranges are cut to the blob; a small blob counts only if it is complete") {
  const std::vector<File::Extent> recovered = {{{0}, {150'000}}, {{200'000}, {210'000}}, {{390'000}, {500'000}}};
  CHECK(recovered_of(recovered, {100'000}, {300'000}) ==
        std::vector<Piece>{{0, 50'000}, {100'000, 110'000}, {290'000, 300'000}});
  CHECK(recovered_of(recovered, {150'000}, {50'000}).empty());
  CHECK(recovered_of(recovered, {400'000}, {64 << 10}) == std::vector<Piece>{{0, 64 << 10}});
  CHECK(recovered_of(recovered, {140'000}, {20'000}).empty());
  CHECK(recovered_of({}, {0}, {300'000}).empty());
}

TEST_CASE("a whole blob is requested without a range, and a piece with one") {
  CHECK_FALSE(PieceFetch({100}, {0, 100}).range());
  CHECK(PieceFetch({100}, {0, 50}).range() == "bytes=0-49");
  CHECK(PieceFetch({100}, {50, 100}).range() == "bytes=50-");
}

TEST_CASE("an attempt continues after the last byte that was kept") {
  PieceFetch fetch({100}, {10, 50});
  fetch.range();
  CHECK_FALSE(fetch.begin({206, "bytes 10-49/100", 40}));
  CHECK(feed(fetch, 15) == 10);
  CHECK(failure(ErrorKind::transport, [&] { fetch.finish(); }) == "cut after 25 of 100 bytes");
  std::exception_ptr cut = error_of(ErrorKind::transport);
  CHECK(fetch.failed(cut) == PieceFetch::After::retry);
  CHECK(fetch.range() == "bytes=25-49");
  CHECK_FALSE(fetch.begin({206, "bytes 25-49/*", std::nullopt}));
  CHECK(feed(fetch, 25) == 25);
  fetch.finish();
  CHECK(fetch.at() == 50);
}

TEST_CASE("if the whole blob comes, bytes that are kept already or that others fetch are skipped") {
  PieceFetch fetch({100}, {10, 50});
  fetch.range();
  CHECK(fetch.begin({200, "", 100}));
  CHECK(fetch.take(some(10)).bytes.empty());
  CHECK(feed(fetch, 30) == 10);
  const PieceFetch::Taken last = fetch.take(some(30));
  CHECK(last.offset == 40);
  CHECK(last.bytes.size() == 10);
  CHECK(last.is_last);
}

TEST_CASE("a widened piece takes the rest of the response") {
  PieceFetch fetch({100}, {0, 50});
  fetch.range();
  CHECK(fetch.begin({200, "", std::nullopt}));
  fetch.widen({0, 100});
  CHECK_FALSE(fetch.take(some(60)).is_last);
  fetch.kept(60);
  CHECK_FALSE(fetch.take(some(40)).is_last);
  fetch.kept(40);
  fetch.finish();
}

TEST_CASE("a wrong size, a wrong range and too many bytes are refused") {
  PieceFetch fetch({100}, {10, 50});
  fetch.range();
  CHECK(failure(ErrorKind::corrupt, [&] { fetch.begin({200, "", 101}); }) == "got 101 bytes, want 100");
  for (const char* range : {"", "bytes 0-49/100", "bytes 10-50/100", "bytes 10-49/101", "bytes 10-"})
    CHECK_THROWS_AS(fetch.begin({206, range, std::nullopt}), registry::RangeRefused);
  CHECK_THROWS_AS(fetch.begin({206, "bytes 10-49/100", 39}), registry::RangeRefused);
  fetch.begin({200, "", std::nullopt});
  fetch.widen({10, 100});
  feed(fetch, 100);
  CHECK(failure(ErrorKind::corrupt, [&] { fetch.take(some(1)); }) == "more than the 100 bytes wanted");
}

TEST_CASE("after a refused range the whole blob is requested; if a range comes even then, it is a protocol error") {
  PieceFetch fetch({100}, {10, 50});
  CHECK(fetch.range());
  std::exception_ptr refused = std::make_exception_ptr(registry::RangeRefused("416"));
  CHECK(fetch.failed(refused) == PieceFetch::After::retry);
  CHECK_THROWS_AS(std::rethrow_exception(refused), registry::RangeRefused);
  CHECK_FALSE(fetch.range());
  CHECK(fetch.failed(refused) == PieceFetch::After::retry);
  CHECK(failure(ErrorKind::protocol, [&] { std::rethrow_exception(refused); }) == "416");
}

TEST_CASE("a connection that breaks after the last byte has completed its piece") {
  for (const ErrorKind kind : {ErrorKind::transport, ErrorKind::protocol, ErrorKind::corrupt}) {
    PieceFetch fetch({100}, {50, 100});
    fetch.range();
    fetch.begin({206, "bytes 50-99/100", std::nullopt});
    feed(fetch, 50);
    std::exception_ptr broke = error_of(kind);
    CHECK(fetch.failed(broke) == (kind == ErrorKind::corrupt ? PieceFetch::After::retry : PieceFetch::After::done));
  }
}

TEST_CASE("an attempt counts as progress after 64 KiB") {
  PieceFetch fetch({1 << 20}, {0, 1 << 20});
  fetch.kept((64 << 10) - 1);
  CHECK_FALSE(fetch.has_progressed());
  fetch.kept(1);
  CHECK(fetch.has_progressed());
  std::exception_ptr cut = error_of(ErrorKind::transport);
  fetch.failed(cut);
  CHECK_FALSE(fetch.has_progressed());
}

TEST_CASE("pieces are hashed from front to end, in whatever order they arrive; the last one completes the blob") {
  BlobTransfer blob(24_MiB, 8_MiB, {});
  const Piece first = *blob.take();
  const Piece second = *blob.take();
  const Piece third = *blob.take();
  CHECK_FALSE(blob.take());
  CHECK(blob.begin_hashing(first));
  CHECK_FALSE(blob.begin_hashing(second));
  CHECK_FALSE(blob.arrived(third, false, {}));
  CHECK_FALSE(blob.arrived(second, false, {}));
  CHECK_FALSE(blob.next_to_hash());  // the connection that fetches the first piece is hashing
  CHECK_FALSE(blob.arrived(first, true, {}));
  CHECK(blob.next_to_hash() == second);
  CHECK_FALSE(blob.next_to_hash());
  CHECK_FALSE(blob.hashed(second));
  CHECK(blob.next_to_hash() == third);
  CHECK(blob.hashed(third));
}

TEST_CASE("recovered bytes are read back and hashed, and only the rest is fetched") {
  BlobTransfer blob(30_MiB, 10_MiB, {{0, 25 << 20}});
  CHECK(blob.next_to_hash() == Piece{0, 25 << 20});
  CHECK_FALSE(blob.hashed({0, 25 << 20}));
  const auto rest = blob.take();
  CHECK(rest == Piece{25 << 20, 30 << 20});
  CHECK_FALSE(blob.take());
  CHECK(blob.begin_hashing(*rest));
  CHECK(blob.arrived(*rest, true, {}));
}

TEST_CASE("wrong bytes of an earlier run do not count as a failed attempt; wrong bytes after that do") {
  BlobTransfer blob(1_MiB, 10_MiB, {{0, 1000}});
  CHECK(blob.digest_known(false, true) == Verdict::fetch_again);
  blob.restart();
  CHECK(blob.take() == Piece{0, 1 << 20});
  CHECK(blob.digest_known(false, true) == Verdict::retry);
  CHECK(blob.digest_known(false, false) == Verdict::must_rebuild);
  CHECK(blob.digest_known(true, false) == Verdict::right);
}

TEST_CASE("help is called once for an idle thread, and once for many connections if the network is slow") {
  BlobTransfer blob(80_MiB, 8_MiB, {});
  blob.take();
  CHECK(blob.call_for_help(false, false) == 0);
  CHECK(blob.call_for_help(false, true) == 1);
  CHECK(blob.call_for_help(false, true) == 0);
  CHECK(blob.calls_for_help());
  CHECK(blob.call_for_help(true, true) == 9);
  CHECK_FALSE(blob.calls_for_help());
  CHECK(blob.call_for_help(true, true) == 0);
}

TEST_CASE("the end of a transfer is reported once") {
  BlobTransfer blob(1_MiB, 1_MiB, {});
  CHECK_FALSE(blob.ended());
  CHECK(blob.end());
  CHECK_FALSE(blob.end());
  CHECK(blob.ended());
}
