#include "batch/inputs.hpp"

#include "acedt/async/runtime.hpp"
#include "acedt/net/tls.hpp"
#include "acedt/registry/credentials.hpp"

namespace acedt::batch {

Inputs::Inputs(const Options& options)
    : files(divide_open_files(options.connections, async::processors(), open_files_left())),
      memory(divide_memory(options, async::processors())) {
  // For their errors: what is in these files is read again when it is needed.
  const net::Tls tls(options.certificates);
  registry::read_credentials(options.auth_files);
}

}  // namespace acedt::batch
