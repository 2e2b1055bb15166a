#include "acedt/engine/inputs.hpp"

#include "acedt/async/runtime.hpp"
#include "acedt/net/tls.hpp"
#include "acedt/registry/credentials.hpp"

namespace acedt::engine {

Inputs::Inputs(const Settings& settings, const CompressionLoad& load)
    : files(divide_open_files(settings.connections, async::processors(), open_files_left())),
      memory(divide_memory(settings, load)) {
  // Only for their errors: the network reads these files again.
  const net::Tls tls(settings.certificates);
  registry::read_credentials(settings.auth_files);
}

}  // namespace acedt::engine
