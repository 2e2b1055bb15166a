#pragma once

#include "acedt/engine/budgets.hpp"
#include "acedt/engine/network.hpp"
#include "acedt/engine/settings.hpp"

namespace acedt::engine {

/// What a run checks about the machine and the user's files before it starts, reports its start, or touches a folder.
struct Inputs {
  /// Throws Error(usage) if a certificate file is not usable, if a named credentials file does not exist, or if the
  /// limit on open files or --memory is too small; Error(storage) if a certificate file cannot be read;
  /// Error(unauthorized) if the named credentials file cannot be.
  Inputs(const Settings& settings, const CompressionLoad& load);

  Network::Limits limits() const { return {files.connections, memory.receive_buffer, files.idle_connections}; }

  OpenFiles files;  ///< with as many connections as `settings` has, or fewer
  Memory memory;
};

}  // namespace acedt::engine
