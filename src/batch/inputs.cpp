#include "batch/inputs.hpp"

#include "acedt/async/runtime.hpp"
#include "acedt/registry/credentials.hpp"

namespace acedt::batch {

Inputs::Inputs(const Options& options)
    : files(divide_open_files(options.connections, async::processors(), open_files_left())),
      memory(divide_memory(options, async::processors())),
      tls(std::make_shared<net::Tls>(options.certificates)) {
  registry::read_credentials(options.auth_files);  // for its errors
}

}  // namespace acedt::batch
