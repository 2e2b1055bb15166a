#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "acedt/async/once_map.hpp"
#include "acedt/engine/workers.hpp"
#include "acedt/plan/dedup.hpp"
#include "acedt/plan/graph.hpp"
#include "acedt/registry/repository.hpp"
#include "acedt/sync/folder.hpp"

namespace acedt::engine {

/// Manifests by their digest: from memory while somebody has them, from an archive of the folder that stores them, and
/// else from the registry. So each is fetched once. Thread: that of control.
class Manifests {
 public:
  Manifests(async::Runtime& runtime, Workers& workers, const plan::Dedup& dedup, const sync::Folder& folder);

  async::awaitable<std::shared_ptr<const plan::Document>> get(std::uint64_t row, registry::Repository repository,
                                                              oci::Descriptor descriptor);

 private:
  using Shared = std::shared_ptr<const plan::Document>;
  using Key = std::pair<oci::Digest, std::string>;  // a media type: what the bytes mean depends on it

  async::awaitable<std::string> load(std::uint64_t row, registry::Repository repository, oci::Descriptor descriptor);
  async::awaitable<std::optional<std::string>> load_from_folder(oci::Descriptor descriptor);
  void keep(const Key& key, const Shared& document);

  async::Runtime& runtime_;
  Workers& workers_;
  const plan::Dedup& dedup_;
  const sync::Folder& folder_;
  async::OnceMap<Key, Shared> loading_;
  std::map<Key, std::weak_ptr<const plan::Document>> alive_;
  std::size_t sweep_at_ = 1024;  // entries of alive_
  std::deque<Shared> recent_;    // kept alive a little longer, newest last
  std::size_t recent_bytes_ = 0;
};

}  // namespace acedt::engine
