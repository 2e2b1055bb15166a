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

// Pushing to a repository (OCI distribution-spec v1.1, "Push"), which Registries::open_for_push() opened. Failed
// attempts are repeated as plan::Retry says. Errors name the method and the URL; they are those of Transport::send()
// and throw_push_problem(). Transports, repositories and sources must live until the call ends.

namespace acedt::registry {

/// The content of a blob that is to be pushed. Every attempt reads it again. Thread: the one of the transport.
class BlobSource {
 public:
  virtual ~BlobSource() = default;
  /// Starts at `offset` of the blob. Called before the first read() of each attempt, and after one that was cancelled.
  /// Throws as read().
  virtual async::awaitable<void> start(Bytes offset) = 0;
  /// Returns the next bytes, at most 1 MiB; empty at the end. Valid until the next call. Throws Error(corrupt) or
  /// Error(storage), which ends the push.
  virtual async::awaitable<std::span<const std::byte>> read() = 0;
};

/// Opens an upload session, which the next push_blob() to this repository uses. Throws unless the account may push to
/// the repository, which must exist if the registry does not create repositories.
async::awaitable<void> require_push(Transport& transport, const Repository& repository);

/// Returns true if the repository has the blob, as far as HEAD tells: not if the answer gives another size, nor if the
/// registry refuses to say. Zot and some others link a blob of another repository when they are asked.
async::awaitable<bool> has_blob(Transport& transport, const Repository& repository, oci::Digest digest, Bytes size);

/// Uploads a blob in one request; in chunks, if that is too large; from where a broken upload came to, if the registry
/// can tell. Hashes the bytes while they are sent, and holds the last 64 KiB back until digest and size are right: if
/// not, throws Error(corrupt), and the registry never completes the blob. Throws what `source` throws. Throws
/// Error(bad_input) also if the registry does not keep a digest of this kind, or kept not all of the chunks.
///
/// Takes the memory of one piece of `source` and 64 KiB.
async::awaitable<void> push_blob(Transport& transport, const Repository& repository, oci::Digest digest, Bytes size,
                                 BlobSource& source);

/// Puts a manifest, whose bytes are `text`, under `selector`: its digest or a tag. All that it names must be there,
/// except for its subject. Returns true if the registry processed its subject (OCI-Subject); if not, see
/// add_to_referrers_tag(). Throws ContentMissing if the registry refuses it, and Error(bad_input) if the registry says
/// that it stored something else.
async::awaitable<bool> push_manifest(Transport& transport, const Repository& repository, std::string selector,
                                     oci::Descriptor descriptor, std::string text);

/// Adds `referrers` to the index under the referrers tag of `subject`, for a registry that does not process subjects
/// (OCI distribution-spec v1.1, "Pushing Manifests with Subject"). Entries that are there stay as they are, in their
/// order; missing ones follow, by digest. Puts nothing if none is missing. A change by others in between is noticed if
/// the registry has entity tags: then it is merged again, up to 3 times, before this throws Error(unavailable). Throws
/// Error(bad_input) if the tag has something other than an index.
async::awaitable<void> add_to_referrers_tag(Transport& transport, const Repository& repository, oci::Digest subject,
                                            std::vector<oci::Descriptor> referrers);

}  // namespace acedt::registry
