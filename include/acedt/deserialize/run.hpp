#pragma once

#include "acedt/base/log.hpp"
#include "acedt/deserialize/options.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::deserialize {

/// Pushes the archives of a sync folder into a repository, in the order of their numbers, and records each of them.
/// Blocks until it is done; starts its own threads. `observer` is called on the calling thread.
///
/// Before the first byte is sent, the headers and manifests of all archives that are not recorded are checked, and
/// everything that they name must be in the folder or at the destination.
///
/// With `options.shard`, pushes only the blobs of that share: phase 1 of a push that several processes share. Records
/// nothing and takes no lock; leaves a result in `.ace-dt/push/` or `options.state`. A push without a shard trusts the
/// results for its destination, except with `options.ignore_record`, and removes them once it has pushed everything.
///
/// Throws Error(usage) if an option, the record or a file name is wrong, or if a shard cannot write its result at the
/// start; Error(locked) if another process is pushing this folder; Error(storage) or Error(no_space) if the record, or
/// later the result of a shard, cannot be written. If an archive fails, pushes those before it and then throws its
/// Error: Error(corrupt) if it is damaged, Error(not_found) if content is missing (`observer` gets all that is
/// missing), or an Error of the registry. With keep_going, throws engine::SomeFailed at the end instead. Throws
/// engine::Interrupted after SIGINT or SIGTERM.
report::PushFinished run(const BatchOptions& options, report::Observer& observer, const Log& log);

/// Pushes one archive and tags its root. There is no record and no lock. Throws as above, except for Error(locked) and
/// engine::SomeFailed. Also throws Error(usage) if `options.image` has a digest and the root has another.
report::PushFinished run(const SingleOptions& options, report::Observer& observer, const Log& log);

}  // namespace acedt::deserialize
