// Waiters are in a map ordered by row and arrival, and only its front is ever served. So a small request of a later row
// cannot starve a large one of an earlier row. The first row that has not ended is always served: it alone can free
// the memory of the others, as rows are committed in order.

#include "acedt/engine/row_budget.hpp"

#include <algorithm>

#include "acedt/registry/transport.hpp"

namespace acedt::engine {
namespace {

constexpr std::uint64_t memory_per_byte = 16;  // of a manifest; measured, see docs/architecture.md
constexpr Bytes memory_of_each = 4_KiB;
constexpr std::uint64_t memory_of_referrer = 2048;
constexpr std::uint64_t copies = 3;                  // of a descriptor: in the manifest, the graph and index.json
constexpr std::uint64_t memory_of_annotation = 112;  // a map node with two short strings
constexpr std::uint64_t memory_of_url = 32;

}  // namespace

Bytes memory_of_manifest(const oci::Descriptor& manifest) {
  const Bytes size = std::min(manifest.size, registry::max_manifest_size);  // a larger one is refused
  return memory_of_each + Bytes{memory_per_byte * size.count};
}

Bytes memory_beyond(const oci::Descriptor& manifest, const oci::Manifest& parsed) {
  std::uint64_t annotations = parsed.annotations.size();
  std::uint64_t urls = 0;
  const auto count = [&](const oci::Descriptor& descriptor) {
    annotations += descriptor.annotations.size();
    urls += descriptor.urls.size();
  };
  for (const oci::Descriptor* descriptor : parsed.successors()) count(*descriptor);
  const std::uint64_t bytes =
      copies * (annotations * memory_of_annotation + urls * memory_of_url + manifest.size.count);
  const Bytes counted = memory_of_manifest(manifest);
  return bytes > counted.count ? Bytes{bytes - counted.count} : Bytes{};
}

Bytes memory_of_referrers(std::size_t count) {
  return {memory_of_referrer * count};
}

RowBudget::RowBudget(async::Executor control, Bytes limit, const std::vector<bool>& ended,
                     std::function<void()> short_of_memory)
    : control_(std::move(control)), limit_(limit), ended_(ended), short_of_memory_(std::move(short_of_memory)) {}

bool RowBudget::has_room(std::uint64_t row, Bytes bytes) const {
  return row <= first_ || in_use_ + bytes <= limit_;
}

async::awaitable<void> RowBudget::take(std::uint64_t row, Bytes bytes) {
  Waiter waiter(control_, bytes);
  const auto location = waiting_.emplace(Key{row, came_++}, &waiter).first;
  serve();
  if (waiter.is_served) co_return;
  try {
    short_of_memory_();
    while (!waiter.is_served) co_await waiter.served.wait();
  } catch (...) {
    if (!waiter.is_served) waiting_.erase(location);
    throw;
  }
}

void RowBudget::give_back(std::uint64_t row) {
  while (first_ < ended_.size() && ended_[first_]) ++first_;
  const auto taken = taken_.find(row);
  if (taken != taken_.end()) {
    in_use_ = in_use_ - taken->second;
    taken_.erase(taken);
  }
  serve();
}

/// Serves waiters in order of their rows, while there is room for the first.
void RowBudget::serve() {
  while (!waiting_.empty()) {
    const auto [key, waiter] = *waiting_.begin();
    if (!has_room(key.first, waiter->bytes)) break;
    in_use_ += waiter->bytes;
    taken_[key.first] += waiter->bytes;
    waiting_.erase(waiting_.begin());
    waiter->is_served = true;
    waiter->served.wake_all();
  }
}

}  // namespace acedt::engine
