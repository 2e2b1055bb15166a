#include "acedt/plan/pieces.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

using namespace acedt;
using namespace std::chrono_literals;
using plan::Pieces;
using Piece = Pieces::Piece;

namespace {

constexpr Bytes any_size{~0ULL};
constexpr std::uint64_t mib = 1 << 20;

std::vector<Piece> take_all(Pieces& pieces) {
  std::vector<Piece> all;
  for (auto piece = pieces.take(); piece; piece = pieces.take()) all.push_back(*piece);
  return all;
}

}  // namespace

TEST_CASE("a small blob is one piece") {
  for (const Bytes size : {1_B, 1_MiB, 12_MiB - 1_B}) {
    Pieces pieces(size, any_size);
    CHECK(take_all(pieces) == std::vector<Piece>{{0, size.count}});
    CHECK(pieces.left() == 0);
  }
}

TEST_CASE("pieces are adjacent and cover the whole blob") {
  for (const Bytes size : {12_MiB, 100_MiB, 100_MiB + 1_B, 1_GiB - 1_B}) {
    for (const Bytes largest : {1_MiB, 4_MiB, any_size}) {
      Pieces pieces(size, largest);
      const std::uint64_t left = pieces.left();
      std::uint64_t at = 0;
      const std::vector<Piece> all = take_all(pieces);
      for (const Piece& piece : all) {
        CHECK(piece.first == at);
        CHECK(piece.end > at);
        CHECK(piece.end - piece.first <= largest.count);
        at = piece.end;
      }
      CHECK(at == size.count);
      CHECK(all.size() <= left);
      CHECK(all.size() + 1 >= left);
    }
  }
}

TEST_CASE("with a maximum size, all pieces but the last have it") {
  Pieces pieces(10_MiB + 5_B, 4_MiB);
  CHECK(take_all(pieces) == std::vector<Piece>{{0, 4 * mib}, {4 * mib, 8 * mib}, {8 * mib, 10 * mib + 5}});
}

TEST_CASE("a piece takes 25 times as long as the wait for its response") {
  Pieces pieces(10_GiB, any_size);
  const Piece first = *pieces.take();
  CHECK(first == Piece{0, 8 * mib});
  pieces.arrived(first, Pieces::Pace{100ms, 200ms, 8_MiB});
  CHECK(*pieces.take() == Piece{8 * mib, 108 * mib});
}

TEST_CASE("pieces become smaller towards the end, so that all connections finish together") {
  Pieces pieces(400_MiB, any_size);
  const Piece first = *pieces.take();
  pieces.arrived(first, Pieces::Pace{1s, 1s, 8_MiB});
  std::vector<std::uint64_t> sizes;
  for (const Piece& piece : take_all(pieces)) sizes.push_back((piece.end - piece.first) / mib);
  CHECK(sizes.front() == 196);  // half of the rest, as no other connection fetches
  CHECK(sizes.at(1) == 49);
  CHECK(sizes.back() <= 12);
}

TEST_CASE("the front advances over arrived pieces in order") {
  Pieces pieces(24_MiB, any_size);
  const std::vector<Piece> all = take_all(pieces);
  REQUIRE(all.size() == 3);
  pieces.arrived(all[1], std::nullopt);
  CHECK(pieces.arrived_at_front() == std::nullopt);
  pieces.arrived(all[0], std::nullopt);
  CHECK(pieces.arrived_at_front() == all[0]);
  pieces.advance(all[0].end);
  CHECK(pieces.front() == all[1].first);
  CHECK(pieces.arrived_at_front() == all[1]);
  pieces.advance(all[1].end);
  CHECK(pieces.arrived_at_front() == std::nullopt);
}

TEST_CASE("a piece can be extended to the end unless a later piece was handed out") {
  Pieces pieces(80_MiB, any_size);
  Piece first = *pieces.take();
  Piece second = *pieces.take();
  pieces.extend_to_end(first);
  CHECK(first.end == second.first);
  pieces.extend_to_end(second);
  CHECK(second.end == 80 * mib);
  CHECK(pieces.take() == std::nullopt);
}

TEST_CASE("recovered ranges are not handed out") {
  Pieces pieces(100_MiB, any_size, {{0, 10 * mib}, {20 * mib, 21 * mib}, {90 * mib, 100 * mib}});
  CHECK(pieces.arrived_at_front() == Piece{0, 10 * mib});
  std::uint64_t at = 10 * mib;
  for (const Piece& piece : take_all(pieces)) {
    if (at == 20 * mib) at = 21 * mib;
    CHECK(piece.first == at);
    at = piece.end;
  }
  CHECK(at == 90 * mib);
  CHECK(Pieces(10_MiB, any_size, {{0, 10 * mib}}).take() == std::nullopt);
}

TEST_CASE("arrived pieces and recovered ranges are verified in one order") {
  Pieces pieces(10_MiB, any_size, {{0, 2 * mib}, {5 * mib, 10 * mib}});
  pieces.advance(2 * mib);
  const auto gap = pieces.take();
  REQUIRE(gap == Piece{2 * mib, 5 * mib});
  CHECK_FALSE(pieces.take());
  CHECK_FALSE(pieces.arrived_at_front());
  pieces.arrived(*gap, std::nullopt);
  CHECK(pieces.arrived_at_front() == *gap);
  pieces.advance(5 * mib);
  CHECK(pieces.arrived_at_front() == Piece{5 * mib, 10 * mib});
}

TEST_CASE("a piece can be extended over recovered ranges, but not over pieces of other connections") {
  Pieces pieces(100_MiB, any_size, {{30 * mib, 40 * mib}});
  auto first = *pieces.take();
  auto second = *pieces.take();
  pieces.extend_to_end(first);
  CHECK(first.end == second.first);
  pieces.extend_to_end(second);
  CHECK(second.end == 100 * mib);
  CHECK_FALSE(pieces.take());
}
