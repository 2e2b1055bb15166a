#pragma once

#include "tools/registry/message.hpp"
#include "tools/registry/service.hpp"

namespace acedt::testing {

/// Whether the request is for whoever runs the tests: `/_/` on the registry's listener. Such requests meet no fault, no
/// latency, no auth, and are not logged.
bool is_control(const Request& request);

/// POST /_/faults (a rule a line), DELETE /_/faults, GET /_/log (an entry a line), DELETE /_/log, GET /_/stats (JSON).
Response control(Service& service, const Request& request);

}  // namespace acedt::testing
