#pragma once

#include <memory>

#include "acedt/net/stream.hpp"
#include "acedt/net/token_bucket.hpp"

namespace acedt::net {

/// `stream`, from which bytes are read no faster than `bytes` allows, in small pieces, so that many streams share the
/// rate evenly and none is silent for long.
std::unique_ptr<Stream> limited_stream(std::unique_ptr<Stream> stream, std::shared_ptr<TokenBucket> bytes);

}  // namespace acedt::net
