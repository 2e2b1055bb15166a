#include "acedt/base/error.hpp"

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

namespace acedt {
namespace {

constexpr const char* report_it =
    "run the same command again; if it happens again, it is an error of this program: report it";

/// Returns what the user can do about a system call that failed with `code`.
const char* advice_for(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT: return "free space there and run the same command again";
    case ENOENT: return "check the path: a folder or file in it does not exist";
    case EACCES:
    case EPERM:
      return "run it as a user who may do that, or change the permissions of the path and the folders above it";
    case EROFS: return "the file system is mounted read-only: use a folder on another one, or mount it for writing";
    case ENOTDIR: return "a part of the path is a file where a folder is needed: check the path";
    case EISDIR: return "name a file: this is a folder";
    case EEXIST: return "a file of this name is in the way: move it, or choose another name";
    case ENAMETOOLONG: return "use a shorter path";
    case ELOOP: return "symbolic links lead in a circle: name the target itself";
    case EFBIG: return "raise the limit on the size of files (ulimit -f), or use another file system";
    case EMFILE:
    case ENFILE: return "raise the limit on open files (ulimit -n), or use fewer --connections";
    case EPIPE: return "what reads it ended before everything was written";
    case EBADF: return "open it for writing, or send the output elsewhere";
    case EIO: return "the disk or the way to it fails: see the log of the kernel (dmesg)";
    default: return "check this path and its file system, then run the same command again";
  }
}

}  // namespace

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
    return std::make_exception_ptr(Error(ErrorKind::internal, unforeseen.what()).hint(report_it));
  } catch (...) {
    return std::make_exception_ptr(Error(ErrorKind::internal, "an exception of unknown type").hint(report_it));
  }
}

void throw_errno(const std::string& what) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT;
  const ErrorKind kind = full ? ErrorKind::no_space : ErrorKind::storage;
  throw Error(kind, what + ": " + std::generic_category().message(code)).hint(advice_for(code));
}

}  // namespace acedt
