#include "serialize/inputs.hpp"

#include "acedt/async/runtime.hpp"
#include "acedt/net/tls.hpp"
#include "acedt/registry/credentials.hpp"

namespace acedt::serialize {

Inputs::Inputs(const Options& options)
    : files(engine::divide_open_files(options.engine.connections, async::processors(), engine::open_files_left())),
      memory(engine::divide_memory(options.engine, {options.compression, level_of(options), async::processors()})) {
  // Only for their errors: the pipeline reads these files again.
  const net::Tls tls(options.engine.certificates);
  registry::read_credentials(options.engine.auth_files);
}

}  // namespace acedt::serialize
