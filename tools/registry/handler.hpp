#pragma once

#include "tools/registry/message.hpp"
#include "tools/registry/service.hpp"

namespace acedt::testing {

/// The answer of the registry, or of the storage listener, to a request that meets no fault. A HEAD is answered with
/// its body: who sends it leaves that out.
Response handle(Service& service, Request& request);

}  // namespace acedt::testing
