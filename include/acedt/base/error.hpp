#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace acedt {

/// The kind of a failure: the only part that code may depend on. The text is for people.
enum class ErrorKind {
  usage,         ///< the command line, a configuration file or the batch list is wrong
  bad_input,     ///< a document or a response has invalid content: do not retry
  not_found,     ///< the registry answered that it does not have it
  unauthorized,  ///< 401 or 403 with all credentials tried, or credentials that cannot be read
  unavailable,   ///< 408, 425 or 5xx: the registry cannot answer at present: retry
  rate_limited,  ///< 429: this client sends too many requests: retry later
  transport,     ///< name lookup, connecting, TLS, or a broken connection: retry
  protocol,      ///< malformed HTTP, or a response to another request: do not retry
  unreachable,   ///< no such host, or an untrusted certificate: do not retry
  corrupt,       ///< bytes that do not match their digest or size
  storage,       ///< the local disk: no permission, an I/O error, a file of the wrong type
  no_space,      ///< the local disk is full, or lacks space for the run
  locked,        ///< another process holds the lock
  internal,      ///< out of memory or threads, or an unforeseen exception: ends the run
};

/// Returns the name that JSON reports and logs use, such as "not-found".
std::string_view name(ErrorKind kind);

/// A failure: a kind for code, and for people a message `context: context: what` and an optional hint on what to do.
///
/// Each layer that catches it prepends what it knows with add() and rethrows.
/// Messages are in lower case, without a full stop, and must not contain secrets.
/// Cancellation is not an Error but std::system_error(asio::error::operation_aborted), so that no handler of Errors
/// swallows it.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string what) : kind_(kind), text_(std::move(what)) {}

  /// Prepends `context` to the message: `catch (Error& error) { error.add("layer 3"); throw; }`.
  Error& add(std::string_view context);

  /// Sets the hint: what the user can do about the failure. The first hint, nearest to the cause, stays.
  Error& hint(std::string_view advice);

  /// Records that `attempts` were made; the message mentions them if there was more than one.
  Error& tried(int attempts);

  ErrorKind kind() const noexcept { return kind_; }
  /// Returns the number of attempts that were made; 1 or more.
  int attempts() const noexcept { return attempts_; }
  const std::string& hint() const noexcept { return hint_; }
  /// The message without the hint.
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  ErrorKind kind_;
  std::string text_;
  std::string hint_;
  int attempts_ = 1;
};

/// Returns `failure` if it is an Error. Returns an Error(internal) for every other exception (std::bad_alloc, one of a
/// library), so that the owner of a failure handles one type only. `failure` must not be a cancellation.
std::exception_ptr as_error(const std::exception_ptr& failure);

/// Throws Error(no_space) if errno is ENOSPC or EDQUOT, else Error(storage), with the message `what: <text of errno>`.
/// Call it before anything else can change errno.
[[noreturn]] void throw_errno(const std::string& what);

}  // namespace acedt
