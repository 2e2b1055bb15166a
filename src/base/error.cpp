#include "acedt/base/error.hpp"

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

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
    case ErrorKind::protocol: return "protocol";
    case ErrorKind::unreachable: return "unreachable";
    case ErrorKind::corrupt: return "corrupt";
    case ErrorKind::storage: return "storage";
    case ErrorKind::no_space: return "no-space";
    case ErrorKind::locked: return "locked";
    case ErrorKind::internal: return "internal";
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

std::exception_ptr as_error(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error&) {
    return failure;
  } catch (const std::bad_alloc&) {
    Error error(ErrorKind::internal, "out of memory");
    error.hint("give the process more memory, or reduce --memory or --connections");
    return std::make_exception_ptr(std::move(error));
  } catch (const std::exception& unforeseen) {
    return std::make_exception_ptr(Error(ErrorKind::internal, unforeseen.what()));
  } catch (...) {
    return std::make_exception_ptr(Error(ErrorKind::internal, "an exception of unknown type"));
  }
}

void throw_errno(const std::string& what) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT;
  Error error(full ? ErrorKind::no_space : ErrorKind::storage, what + ": " + std::generic_category().message(code));
  if (full) error.hint("free space there and run the same command again");
  throw error;
}

}  // namespace acedt
