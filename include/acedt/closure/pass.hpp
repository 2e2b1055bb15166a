#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/archive/contents.hpp"
#include "acedt/base/error.hpp"
#include "acedt/closure/closure.hpp"
#include "acedt/codec/hasher.hpp"

namespace acedt::closure {

class HashThread;

/// Collects the links of the manifests of an archive that is read in one pass, and verifies their digests, or those of
/// all blobs. Large blobs are hashed on a separate thread. Keeps the links of up to 64 MiB of manifests. begin() throws
/// Error(internal) if that thread cannot be started.
class Pass : public archive::BlobSink {
 public:
  /// `all`: hash every blob, not only those that may be manifests.
  explicit Pass(bool all);
  Pass(Pass&&) = delete;
  ~Pass() override;

  bool begin(const archive::Found& blob) override;
  void data(std::span<const std::byte> bytes) override;
  void end() override;

  /// Returns the links of a manifest, as ReadLinks does; nullopt if it was not seen, or was of another type. Throws as
  /// ReadLinks does.
  std::optional<std::vector<Link>> links(const oci::Digest& digest, std::string_view media_type) const;
  /// Call at the end of the archive. Waits for the hashing. Returns the blobs with wrong bytes, sorted by digest.
  std::vector<Fault> finish();

 private:
  struct Seen {
    std::string media_type = {};
    std::vector<Link> links = {};
    std::optional<Error> problem = {};
  };

  void take_manifest();

  bool all_;
  std::optional<archive::Found> blob_;
  std::unique_ptr<HashThread> hash_thread_;  // of large blobs; started for the first
  std::optional<codec::Hasher> hasher_;      // of the current blob, if it is small
  bool may_be_manifest_ = false;
  std::string text_;  // of the current blob, while it may be a manifest
  Bytes kept_;        // sizes of the manifests that were seen
  std::map<oci::Digest, Seen> seen_;
  std::vector<Fault> damage_;
};

}  // namespace acedt::closure
