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

/// Gets each manifest once: from memory while anyone holds it, from an archive of the folder that stores it, or else
/// from the registry. Concurrent calls for one manifest share one load. Thread: control.
class Manifests {
 public:
  Manifests(async::Runtime& runtime, Workers& workers, const plan::Dedup& dedup, const sync::FolderState& folder);

  /// Returns the manifest, verified and parsed. A request to the registry has the priority of `row`.
  ///
  /// Throws Error(bad_input) if it is larger than registry::max_manifest_size or not a valid manifest; Error(corrupt)
  /// if embedded data is wrong; DamagedArchive if its archive is; Dropped if the row is no longer wanted; and the
  /// errors of registry::fetch_manifest().
  async::awaitable<std::shared_ptr<const plan::Document>> get(std::uint64_t row, registry::Repository repository,
                                                              oci::Descriptor descriptor);

 private:
  using Shared = std::shared_ptr<const plan::Document>;
  using Key = std::pair<oci::Digest, std::string>;  // and media type, which decides how the bytes are parsed

  async::awaitable<std::string> load(std::uint64_t row, registry::Repository repository, oci::Descriptor descriptor);
  async::awaitable<std::optional<std::string>> load_from_folder(oci::Descriptor descriptor);
  void keep(const Key& key, const Shared& document);

  async::Runtime& runtime_;
  Workers& workers_;
  const plan::Dedup& dedup_;
  const sync::FolderState& folder_;
  async::OnceMap<Key, Shared> loading_;
  std::map<Key, std::weak_ptr<const plan::Document>> alive_;
  std::size_t sweep_at_ = 1024;  // number of entries of alive_
  std::deque<Shared> recent_;    // kept alive for likely reuse, newest last
  std::size_t recent_bytes_ = 0;
};

}  // namespace acedt::engine
