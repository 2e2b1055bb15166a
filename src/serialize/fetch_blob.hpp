#pragma once

#include <exception>
#include <functional>

#include "acedt/engine/workers.hpp"
#include "acedt/registry/transport.hpp"
#include "serialize/commit.hpp"

namespace acedt::serialize {

/// How a transfer ended.
struct BlobEnd {
  Part part;
  std::exception_ptr failure = {};  ///< null: the blob is verified and in the archive; else an Error that names it
  Bytes fetched = {};               ///< of the blob; less than its size if an earlier run left some of it
  int attempts = 1;
};

/// What the transfers of a run share. The functions are called on the threads of the connections.
struct BlobFetches {
  const engine::Workers& workers;
  Bytes max_piece;
  bool piece_by_piece;  ///< request each piece only when the archive has room for it
  /// Called when help is wanted: `more` fetches more of the blob, and that many `connections` may do it in parallel.
  std::function<void(const Part& part, const engine::Work& more, std::uint64_t connections)> call_help;
  /// Called once for each blob, at the end of its transfer.
  std::function<void(BlobEnd)> done;
};

/// Fetches the blob of `part`, verifies it, and writes it into the archive with the bytes before it (its header).
/// Resumes where a connection or an earlier run broke off; retries as plan::Retry says. Reports the end to
/// `fetches`.done; the failure is archive::MustRebuild if the archive must be rebuilt. Throws only cancellation.
/// `fetches` must outlive the workers.
///
/// If the registry supports ranges, a large blob is fetched in pieces: by this connection one after another, and by the
/// connections that run the work given to `call_help`. `call_help` is called at most twice: for one more connection if
/// a thread is idle, and for many if this one waits for the network. Bytes are written as they arrive; the hash follows
/// in order.
async::awaitable<void> fetch_blob(registry::Transport& transport, const BlobFetches& fetches, Part part);

}  // namespace acedt::serialize
