#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "acedt/base/units.hpp"
#include "acedt/oci/descriptor.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/registry/repository.hpp"
#include "acedt/registry/transport.hpp"

// Pushing to a repository (OCI distribution-spec v1.1, "Push") that Registries::open_for_push() opened. Failed attempts
// are repeated as plan::Retry decides. All functions throw the Errors of Transport::send() and throw_push_problem(),
// which name the method and the URL. Transports, repositories and sources must outlive the call.

namespace acedt::registry {

/// The content of a blob to push. An attempt may read it again from any offset. Thread: the one of the transport.
class BlobSource {
 public:
  virtual ~BlobSource() = default;
  /// Starts at `offset` of the blob. Called before the first read() of an attempt that does not continue where the last
  /// read() ended, and after a read() that was cancelled. Throws as read().
  virtual async::awaitable<void> start(Bytes offset) = 0;
  /// Returns the next bytes, at most 1 MiB; empty at the end. Valid until the next call. Throws Error(corrupt) or
  /// Error(storage), which ends the push.
  virtual async::awaitable<std::span<const std::byte>> read() = 0;
};

/// Checks that the account may push to the repository, and that the repository exists if the registry does not create
/// it on push; throws otherwise. Opens an upload session for this, which the next push_blob() uses.
async::awaitable<void> require_push(Transport& transport, const Repository& repository);

/// Returns true if the registry answers HEAD with 200 and not with another size. Returns false also if it refuses to
/// answer (401, 403), because the upload may be allowed anyway. When asked, zot and some other registries link a blob
/// of another repository into this one.
async::awaitable<bool> has_blob(Transport& transport, const Repository& repository, oci::Digest digest, Bytes size);

/// Mounts the blob from the mount_source of the repository, if it has one. If that fails, uploads it. Returns true if
/// it was uploaded.
///
/// Uploads a blob in one request, or in chunks if the registry refuses a request of that size. Continues a broken
/// upload where it stopped, if the registry can tell. Hashes the bytes while they are sent, and holds the last 64 KiB
/// back until digest and size are verified. If they are wrong, throws Error(corrupt), and the registry never completes
/// the blob. Throws what `source` throws. Throws Error(bad_input) also if the registry does not support digests of this
/// algorithm, or did not keep all of the chunks.
///
/// Holds one piece of `source` and 64 KiB in memory.
async::awaitable<bool> push_blob(Transport& transport, const Repository& repository, oci::Digest digest, Bytes size,
                                 BlobSource& source);

/// Puts a manifest, whose bytes are `text`, under `selector`: its digest or a tag. Everything that it names, except its
/// subject, must be in the repository. Returns true if the registry processed its subject (OCI-Subject); if not, see
/// add_to_referrers_tag(). Throws ContentMissing if the registry lacks content that it names, and Error(bad_input) if
/// the registry says that it stored a different manifest.
async::awaitable<bool> push_manifest(Transport& transport, const Repository& repository, std::string selector,
                                     oci::Descriptor descriptor, std::string text);

/// Puts a manifest before its content, to find out whether the registry accepts its media type. Throws Error(bad_input)
/// if it does not (415). Any other answer decides nothing: most registries refuse a manifest whose content they lack.
async::awaitable<void> require_media_type(Transport& transport, const Repository& repository,
                                          oci::Descriptor descriptor, std::string text);

/// Adds `referrers` to the index under the referrers tag of `subject`, for a registry that does not process subjects
/// (OCI distribution-spec v1.1, "Pushing Manifests with Subject"). Existing entries keep their text and order; missing
/// ones are appended, by digest. Puts nothing if none is missing. If the registry has entity tags, a change by another
/// client in the meantime is noticed. The index is then merged again, up to 3 times, before this throws
/// Error(unavailable). Throws Error(bad_input) if the tag holds something other than an index.
async::awaitable<void> add_to_referrers_tag(Transport& transport, const Repository& repository, oci::Digest subject,
                                            std::vector<oci::Descriptor> referrers);

}  // namespace acedt::registry
