#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "acedt/archive/writer.hpp"
#include "acedt/oci/descriptor.hpp"
#include "acedt/plan/pieces.hpp"
#include "acedt/registry/client.hpp"
#include "batch/workers.hpp"

namespace acedt::batch {

/// Told when it would help: the work of fetching more of the blob, and how many connections may do it meanwhile.
using CallHelp = std::function<void(const Work& more, std::uint64_t connections)>;

/// One blob on its way from a registry into an archive.
struct Transfer {
  const registry::Repository& repository;  ///< `done` keeps it alive
  const oci::Descriptor& blob;             ///< and this
  std::shared_ptr<archive::Writer> archive;
  Bytes offset = {};      ///< of `head` in the tar stream; the blob follows it
  std::string head = {};  ///< what the tar stream has before the blob: its header, and what nobody else writes

  std::vector<plan::Pieces::Piece> there = {};  ///< of the blob: what an earlier run may have left in the archive
  Bytes largest_piece = {};
  bool piece_by_piece = false;  ///< each is asked for when the archive has room for it

  CallHelp call_help = {};
  struct Outcome {
    std::exception_ptr failure = {};  ///< none: the blob is in the archive, verified. Else an Error that names it
    Bytes fetched = {};               ///< of the blob; less than its size where some of it was there
    int attempts = 1;
  };
  std::function<void(const Outcome&)> done = {};
};

/// Fetches the blob and writes it, verified. Goes on where a connection, or an earlier run, broke off; tries again as
/// plan::Retry says. Fails with archive::Spoilt where the archive must be begun anew.
///
/// A large blob is fetched in pieces, where the registry honours ranges: by this connection one after another, and by
/// those that do the work that `call_help` was given. That is called at most twice: for one connection more when a
/// thread of `workers` idles, and for many when this one waits for the network. Bytes are written as they come; the
/// hash follows behind them in order. The callbacks are called on the threads of the connections.
async::awaitable<void> transfer(registry::Client& client, const Workers& workers, Transfer job);

}  // namespace acedt::batch
