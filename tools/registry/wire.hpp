#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/registry/content.hpp"
#include "tools/registry/fault.hpp"
#include "tools/registry/message.hpp"

namespace acedt::testing {

/// What happens to a connection when all that was to be sent is sent.
enum class Ending { keep_alive, close, reset, stall };

/// The bytes of an answer as they go out, and what comes after them.
struct Wire {
  std::string head = {};
  std::vector<Content> body = {};
  std::uint64_t body_bytes = 0;  ///< of the response's own: without the framing of chunks
  Ending ending = Ending::keep_alive;
};

/// `response` with the parts of `fault` that concern how it is sent.
Wire to_wire(const Response& response, const Fault& fault, bool head_only, bool keep_alive);

}  // namespace acedt::testing
