#include "acedt/base/error.hpp"

#include <cerrno>
#include <system_error>

namespace acedt {

Error& Error::add(std::string_view context) {
  text_.insert(0, ": ").insert(0, context);
  return *this;
}

Error& Error::hint(std::string_view advice) {
  if (hint_.empty()) hint_ = advice;
  return *this;
}

Error& Error::tried(int attempts) {
  attempts_ = attempts;
  if (attempts > 1) text_ += "; gave up after " + std::to_string(attempts) + " attempts";
  return *this;
}

void throw_errno(const std::string& what) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT;
  Error error(full ? ErrorKind::no_space : ErrorKind::storage, what + ": " + std::generic_category().message(code));
  if (full) error.hint("free some space there and run the same command again");
  throw error;
}

}  // namespace acedt
