#pragma once

#include <exception>
#include <functional>

#include "acedt/engine/workers.hpp"
#include "acedt/registry/transport.hpp"
#include "serialize/commit_queue.hpp"

namespace acedt::serialize {

/// How a transfer ended.
struct BlobEnd {
  Part part;
  std::exception_ptr failure = {};  ///< none: the blob is in the archive, verified. Else an Error that names it
  Bytes fetched = {};               ///< of the blob; less than its size where some of it was there
  int attempts = 1;
};

/// What the transfers of a run have in common. The functions are called on the threads of the connections.
struct BlobFetches {
  const engine::Workers& workers;
  Bytes max_piece;
  bool piece_by_piece;  ///< each is asked for when the archive has room for it
  /// Told when it would help: the work of fetching more of the blob, and how many connections may do it meanwhile.
  std::function<void(const Part& part, const engine::Work& more, std::uint64_t connections)> call_help;
  std::function<void(BlobEnd)> done;
};

/// Fetches the blob of `part` and writes it into the archive, verified, with the bytes before it. Goes on where a
/// connection, or an earlier run, broke off; tries again as plan::Retry says. Fails with archive::MustRebuild where the
/// archive must be begun anew.
///
/// A large blob is fetched in pieces, where the registry honours ranges: by this connection one after another, and by
/// those that do the work that `call_help` was given. That is called at most twice: for one connection more when a
/// thread idles, and for many when this one waits for the network. Bytes are written as they come; the hash follows
/// behind them in order.
async::awaitable<void> fetch_blob(registry::Transport& transport, const BlobFetches& fetches, Part part);

}  // namespace acedt::serialize
