#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "acedt/base/units.hpp"

namespace acedt {

/// A pool of large buffers of one size.
///
/// Buffers that were given back are reused. The heap would return them to the kernel, which clears every page before it
/// hands it out again. Not safe to use from several threads at once.
class Buffers {
 public:
  using Buffer = std::unique_ptr<std::byte[]>;

  explicit Buffers(Bytes size) : size_(size) {}

  /// Returns the size of each buffer.
  Bytes size() const noexcept { return size_; }

  /// Returns a spare buffer, or allocates one. Its content is undefined.
  Buffer take() {
    if (spare_.empty()) return std::make_unique_for_overwrite<std::byte[]>(size_.count);
    Buffer buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
  }
  /// Takes back a buffer that take() returned.
  void give(Buffer buffer) { spare_.push_back(std::move(buffer)); }

 private:
  Bytes size_;
  std::vector<Buffer> spare_;
};

}  // namespace acedt
