#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/net/connection.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/registry/push.hpp"

namespace acedt::registry {

/// A blob as the body of requests: all of it, or a range. Hashes the bytes as they are read, and holds the last 64 KiB
/// back until digest and size are verified. So a registry never gets all of a damaged blob.
///
/// Holds these 64 KiB and the last piece of the source in memory.
class BlobBody : public net::RequestBody {
 public:
  /// `source` must outlive it.
  BlobBody(BlobSource& source, const oci::Digest& digest, Bytes size);

  /// Sets the bytes [first, end) of the next request. `first` is at most the end of the last request.
  void aim(std::uint64_t first, std::uint64_t end) noexcept;
  /// Returns the position up to which bytes were read since aim().
  std::uint64_t position() const noexcept { return position_; }
  /// The Error of the source, or Error(corrupt) for a wrong digest or size; unset if there is none.
  const std::optional<Error>& failure() const noexcept { return failure_; }

  Bytes size() const override { return {end_ - first_}; }
  async::awaitable<void> start() override;
  async::awaitable<std::span<const std::byte>> read() override;

 private:
  async::awaitable<void> start_source();
  async::awaitable<std::span<const std::byte>> next();
  async::awaitable<void> read_piece();
  async::awaitable<void> verify_tail();

  BlobSource& source_;
  codec::Hasher hasher_;
  oci::Digest digest_;
  std::uint64_t size_;
  std::uint64_t tail_;          // where the bytes that are held back begin
  std::uint64_t first_ = 0;     // of the request
  std::uint64_t end_ = 0;       // of the request
  std::uint64_t position_ = 0;  // of the next byte to give
  std::uint64_t read_ = 0;      // of the next byte of the source
  std::uint64_t hashed_ = 0;    // bytes
  bool is_started_ = false;
  bool is_right_ = false;                  // size and digest are verified, and held_ is complete
  std::span<const std::byte> piece_ = {};  // of the source: [position_, read_), before the tail
  std::vector<std::byte> held_;            // from tail_ on
  std::optional<Error> failure_;
};

}  // namespace acedt::registry
