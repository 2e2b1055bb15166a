#include "acedt/serialize/run.hpp"

namespace acedt::serialize {

std::string this_version() {
  return ACEDT_VERSION;
}

}  // namespace acedt::serialize
