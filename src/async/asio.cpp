// The parts of Asio that are not templates are compiled here, once (ASIO_SEPARATE_COMPILATION).

#include "acedt/async/asio.hpp"

#include <asio/impl/src.hpp>
#include <asio/ssl/impl/src.hpp>

namespace acedt::async {

bool is_cancellation(const std::exception_ptr& error) {
  if (!error) return false;
  try {
    std::rethrow_exception(error);
  } catch (const std::system_error& problem) {
    return problem.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace acedt::async
