#pragma once

#include "acedt/base/log.hpp"
#include "acedt/deserialize/options.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::deserialize {

/// Pushes the archives of a sync folder into a repository, in the order of their numbers, and records each. Blocks
/// until it is done; starts its own threads. `observer` is called on the calling thread.
///
/// Before the first byte is sent, all names are parsed, all archives are read as far as needed, and everything that
/// they name must be in the folder or at the destination.
///
/// Throws Error(usage) if an option, the record or a file name is wrong; Error(locked) if another process pushes this
/// folder; Error(not_found) that lists what is missing; Error(corrupt) if an archive is damaged; the Error of an
/// archive after those before it are done; engine::SomeFailed; engine::Interrupted.
report::PushFinished run(const BatchOptions& options, report::Observer& observer, const Log& log);

/// Pushes one archive and tags its root. Throws as above; there is no record, and no lock.
report::PushFinished run(const SingleOptions& options, report::Observer& observer, const Log& log);

}  // namespace acedt::deserialize
