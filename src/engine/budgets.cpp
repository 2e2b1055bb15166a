// Memory and open files are divided before a run starts, so that a machine that cannot do the run says so at once.
//
// RowBudget keeps its waiters in a map ordered by row and arrival, and only the front is ever served. So a small
// request of a later row cannot starve a large one of an earlier row. The first row that has not ended is always
// served: it alone can free the memory of the others, as rows are committed in order.

#include "acedt/engine/budgets.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>

#include "acedt/archive/compressor.hpp"
#include "acedt/base/error.hpp"
#include "acedt/net/connection.hpp"
#include "acedt/registry/transport.hpp"

namespace acedt::engine {
namespace {

constexpr Bytes program = 16_MiB;  // code, heap and stacks, without buffers
constexpr Bytes min_buffer = 16_KiB;
constexpr Bytes default_window = 64_MiB;
constexpr Bytes min_for_manifests = 8_MiB;
constexpr Bytes default_for_manifests = 256_MiB;

Bytes times(Bytes bytes, std::size_t n) {
  return {bytes.count * n};
}

// An epoll instance, an event, a timer, and the files that a name lookup opens for a while.
constexpr std::size_t files_per_thread = 6;
// Lock, journal, ledger, tracker, reports; copies from other archives; pipes of a credential helper.
constexpr std::size_t files_of_program = 20;
// The archive, which a commit opens once more, and the record of its frames.
constexpr std::size_t files_per_archive = 3;
// Two, as two addresses are tried at a time when dialling.
constexpr std::size_t files_per_connection = 2;
constexpr std::size_t max_archives = 256;  // more would not be faster
constexpr std::size_t min_archives = 4;

constexpr std::uint64_t memory_per_byte = 16;  // of a manifest; measured, see docs/architecture.md
constexpr Bytes memory_of_each = 4_KiB;
constexpr std::uint64_t memory_of_referrer = 2048;
constexpr std::uint64_t copies = 3;                  // of a descriptor: in the manifest, the graph and index.json
constexpr std::uint64_t memory_of_annotation = 112;  // a map node with two short strings
constexpr std::uint64_t memory_of_url = 32;

}  // namespace

Memory divide_memory(const Settings& settings, const CompressionLoad& load) {
  const bool plain = load.compression == codec::Compression::none;
  const Bytes encoders = plain ? 0_B : times(codec::encoder_memory(load.compression, load.level), load.threads);
  const Bytes min_window = plain ? 0_B : archive::min_window;
  const Bytes required = program + encoders + min_window + min_for_manifests + times(min_buffer, settings.connections);
  if (!settings.memory) return {net::Connection::default_buffer, plain ? 0_B : default_window, default_for_manifests};
  if (*settings.memory < required) {
    throw Error(ErrorKind::usage, "--memory: got " + std::to_string(settings.memory->count) + " bytes, but " +
                                      std::to_string(required.count) + " are needed with " +
                                      std::to_string(settings.connections) + " connections")
        .hint(plain ? "give more, or use fewer --connections"
                    : "give more, or use fewer --connections or a lower --compression-level");
  }
  // Up to half of the rest goes to buffers: with small ones, each system call transfers little.
  const Bytes spare = *settings.memory - required;
  const Bytes buffer =
      std::min(net::Connection::default_buffer, min_buffer + Bytes{spare.count / 2 / settings.connections});
  const Bytes rest = spare - times(buffer - min_buffer, settings.connections);
  const Bytes spare_for_manifests{plain ? rest.count : rest.count / 4};
  const Bytes manifests = std::min(default_for_manifests, min_for_manifests + spare_for_manifests);
  const Bytes window = plain ? 0_B : min_window + rest + min_for_manifests - manifests;
  return {buffer, window, manifests};
}

OpenFiles divide_open_files(unsigned connections, std::size_t threads, std::size_t files) {
  const std::size_t taken = files_of_program + files_per_thread * (threads + 1);
  const std::size_t required = taken + min_archives * files_per_archive + files_per_connection + threads + 1;
  if (files < required) {
    throw Error(ErrorKind::usage, "this process may open " + std::to_string(files) + " more files, but " +
                                      std::to_string(required) + " are needed")
        .hint("raise the limit on open files: ulimit -n 1024");
  }
  const std::size_t free = files - taken;
  OpenFiles divided;
  divided.archives = std::clamp(free / 2 / files_per_archive, min_archives, max_archives);
  const std::size_t for_connections = free - divided.archives * files_per_archive;
  const std::size_t max_connections = (for_connections - threads - 1) / files_per_connection;
  divided.connections = static_cast<unsigned>(std::min<std::size_t>(connections, max_connections));
  const std::size_t for_idle = for_connections - divided.connections * files_per_connection;
  divided.idle_connections = std::min<std::size_t>(2 * divided.connections, for_idle / (threads + 1));
  return divided;
}

std::size_t open_files_left() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) throw_errno("getrlimit");
  std::error_code unknown;
  const std::filesystem::directory_iterator open("/proc/self/fd", unknown);
  const auto used = static_cast<std::size_t>(std::distance(begin(open), end(open)));
  return limit.rlim_cur - std::min<rlim_t>(limit.rlim_cur, used);
}

Bytes memory_of_manifest(const oci::Descriptor& manifest) {
  return memory_of_graph(std::min(manifest.size, registry::max_manifest_size));  // a larger one is refused
}

Bytes memory_of_graph(Bytes size) {
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
