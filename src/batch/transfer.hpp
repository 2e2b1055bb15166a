#pragma once

#include <functional>
#include <memory>
#include <string>

#include "acedt/archive/writer.hpp"
#include "acedt/oci/descriptor.hpp"
#include "acedt/registry/client.hpp"

namespace acedt::batch {

/// One blob on its way from a registry into an archive.
struct Transfer {
  registry::Repository repository;
  oci::Descriptor blob;
  std::shared_ptr<archive::Writer> archive;
  Bytes offset = {};      ///< of `head` in the tar stream; the blob follows it
  std::string head = {};  ///< what the tar stream has before the blob: its header, and what nobody else writes
};

/// Fetches the blob and writes it, verified. Goes on where a connection broke off; tries again as plan::Retry says.
///
/// Throws Error that names the blob. On the thread of `client`.
async::awaitable<void> transfer(registry::Client& client, Transfer job);

}  // namespace acedt::batch
