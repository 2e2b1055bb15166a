#include "acedt/base/error.hpp"

#include <cerrno>
#include <system_error>

namespace acedt {

std::string_view name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return "usage";
    case ErrorKind::bad_input: return "bad-input";
    case ErrorKind::not_found: return "not-found";
    case ErrorKind::unauthorized: return "unauthorized";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::rate_limited: return "rate-limited";
    case ErrorKind::transport: return "transport";
    case ErrorKind::unreachable: return "unreachable";
    case ErrorKind::corrupt: return "corrupt";
    case ErrorKind::storage: return "storage";
    case ErrorKind::no_space: return "no-space";
    case ErrorKind::locked: return "locked";
  }
  return "";
}

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
