#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "acedt/base/units.hpp"

namespace acedt {

/// Lends large buffers of one size. One that was given back is lent again: the heap would return it to the kernel,
/// which clears it before it comes back. One thread at a time.
class Buffers {
 public:
  using Buffer = std::unique_ptr<std::byte[]>;

  explicit Buffers(Bytes size) : size_(size) {}

  /// Of every buffer.
  Bytes size() const noexcept { return size_; }

  Buffer take() {
    if (spare_.empty()) return std::make_unique_for_overwrite<std::byte[]>(size_.count);
    Buffer buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
  }
  void give(Buffer buffer) { spare_.push_back(std::move(buffer)); }

 private:
  Bytes size_;
  std::vector<Buffer> spare_;
};

}  // namespace acedt
