#include "registry/blob_body.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace acedt::registry {
namespace {

constexpr std::uint64_t max_held = 64 << 10;

}  // namespace

BlobBody::BlobBody(BlobSource& source, const oci::Digest& digest, Bytes size)
    : source_(source),
      hasher_(digest.algorithm()),
      digest_(digest),
      size_(size.count),
      tail_(size_ - std::min(size_, max_held)) {}

void BlobBody::aim(std::uint64_t first, std::uint64_t end) noexcept {
  first_ = first;
  end_ = end;
  if (first != position_) is_started_ = false;
  position_ = first;
}

/// If the request continues where the last one ended, so does the source: nothing is read twice.
async::awaitable<void> BlobBody::start() {
  const bool goes_on = is_started_ && position_ == first_;
  position_ = first_;
  if (goes_on) co_return;
  try {
    co_await start_source();
  } catch (const Error& error) {
    failure_ = error;
    throw;
  }
}

async::awaitable<void> BlobBody::start_source() {
  piece_ = {};
  if (first_ == 0) {
    hasher_.reset();
    hashed_ = 0;
    is_right_ = false;
  }
  is_started_ = true;
  if (is_right_ && first_ >= tail_) co_return;
  if (!is_right_) held_.clear();
  read_ = first_;
  const Bytes offset{first_};
  co_await source_.start(offset);
}

async::awaitable<std::span<const std::byte>> BlobBody::read() {
  try {
    co_return co_await next();
  } catch (const Error& error) {
    failure_ = error;
    throw;
  }
}

async::awaitable<std::span<const std::byte>> BlobBody::next() {
  if (position_ == end_ && (end_ < size_ || is_right_)) co_return std::span<const std::byte>();
  if (position_ < tail_) {
    if (piece_.empty()) co_await read_piece();
    const std::uint64_t limit = std::min(tail_, end_) - position_;
    const auto given = piece_.first(std::min<std::uint64_t>(piece_.size(), limit));
    piece_ = piece_.subspan(given.size());
    position_ += given.size();
    co_return given;
  }
  if (!is_right_) co_await verify_tail();
  const auto given = std::span<const std::byte>(held_).subspan(position_ - tail_, end_ - position_);
  position_ = end_;
  co_return given;
}

/// Sets piece_, which is empty at the end of the source. Does not hash again what an earlier request hashed.
async::awaitable<void> BlobBody::read_piece() {
  is_started_ = false;  // until the read completes
  piece_ = co_await source_.read();
  is_started_ = true;
  const std::uint64_t known = std::min<std::uint64_t>(hashed_ - read_, piece_.size());
  hasher_.update(piece_.subspan(known));
  read_ += piece_.size();
  hashed_ = std::max(hashed_, read_);
  const bool ended_early = piece_.empty() && read_ < size_;
  if (!ended_early && read_ <= size_) co_return;
  throw Error(ErrorKind::corrupt, ended_early ? "got " + std::to_string(read_) + " bytes, want " + std::to_string(size_)
                                              : "more than the " + std::to_string(size_) + " bytes wanted");
}

async::awaitable<void> BlobBody::verify_tail() {
  do {
    if (piece_.empty()) co_await read_piece();
    held_.insert(held_.end(), piece_.begin(), piece_.end());
  } while (!std::exchange(piece_, {}).empty());
  const oci::Digest got = hasher_.finish();
  if (got != digest_) throw Error(ErrorKind::corrupt, "got " + got.text() + ", want " + digest_.text());
  is_right_ = true;
}

}  // namespace acedt::registry
