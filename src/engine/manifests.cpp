// Four ways to a manifest, cheapest first: someone still holds it (weak pointers, and a few MiB of recent ones kept
// alive); another row is loading it (OnceMap); its descriptor embeds it, or an archive of the folder stores it; the
// registry. Whatever the way, the bytes are verified before they are parsed.

#include "acedt/engine/manifests.hpp"

#include <algorithm>
#include <utility>

#include "acedt/async/crossing.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/engine/stored_content.hpp"
#include "acedt/registry/pull.hpp"

namespace acedt::engine {
namespace {

constexpr std::size_t max_recent_bytes = 4 << 20;

/// Returns about how much memory a manifest takes: its text and the parsed form.
std::size_t cost_of(const plan::Document& document) {
  return 1024 + 3 * document.text.size();
}

}  // namespace

Manifests::Manifests(async::Runtime& runtime, Workers& workers, const plan::Dedup& dedup,
                     const sync::FolderState& folder)
    : runtime_(runtime), workers_(workers), dedup_(dedup), folder_(folder), loading_(runtime.control()) {}

async::awaitable<Manifests::Shared> Manifests::get(std::uint64_t row, registry::Repository repository,
                                                   oci::Descriptor descriptor) {
  const oci::Digest digest = descriptor.digest;
  const Key key{digest, descriptor.media_type};
  if (descriptor.size > registry::max_manifest_size) {
    throw Error(ErrorKind::bad_input, "manifest " + digest.text() + ": larger than 8 MiB")
        .hint("such an artifact cannot be mirrored: make it with fewer or smaller entries in its manifest");
  }
  if (const auto alive = alive_.find(key); alive != alive_.end()) {
    if (Shared document = alive->second.lock()) co_return document;
  }
  auto claim = co_await loading_.claim(key);
  if (const Shared* document = claim.done()) co_return *document;
  std::string text = co_await load(row, repository, descriptor);
  Shared document;
  try {
    oci::Manifest manifest = oci::Manifest::parse(descriptor.media_type, text);
    document = std::make_shared<const plan::Document>(
        plan::Document{std::move(text), std::move(manifest), descriptor.media_type});
  } catch (Error& error) {
    error.add("manifest " + digest.text());
    throw;
  }
  keep(key, document);
  claim.finish(document);
  loading_.forget(key);
  co_return document;
}

async::awaitable<std::string> Manifests::load(std::uint64_t row, registry::Repository repository,
                                              oci::Descriptor descriptor) {
  if (descriptor.data) {
    check_embedded(descriptor);
    co_return *descriptor.data;
  }
  std::optional<std::string> stored = co_await load_from_folder(descriptor);
  if (stored) co_return std::move(*stored);
  auto fetch = [repository, descriptor](registry::Transport& transport) {
    return registry::fetch_manifest(transport, repository, descriptor);
  };
  co_return co_await workers_.perform<std::string>(row, repository.target.origin.authority(), std::move(fetch));
}

async::awaitable<std::optional<std::string>> Manifests::load_from_folder(oci::Descriptor descriptor) {
  const auto holding = dedup_.find(descriptor.digest, descriptor.size);
  if (!holding || !holding->location()) co_return std::nullopt;
  const std::filesystem::path archive = folder_.archive_path(dedup_.file(holding->archive));
  auto read = [=, this] { return read_stored(archive, *holding->location(), descriptor, folder_.disk()); };
  co_return co_await async::offload(runtime_.disk(), std::move(read));
}

void Manifests::keep(const Key& key, const Shared& document) {
  alive_[key] = document;
  if (alive_.size() >= sweep_at_) {
    std::erase_if(alive_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<std::size_t>(1024, 2 * alive_.size());
  }
  recent_.push_back(document);
  recent_bytes_ += cost_of(*document);
  while (recent_bytes_ > max_recent_bytes) {
    recent_bytes_ -= cost_of(*recent_.front());
    recent_.pop_front();
  }
}

}  // namespace acedt::engine
