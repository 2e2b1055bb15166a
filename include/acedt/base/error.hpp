#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace acedt {

/// What a caller may decide on. Everything else about a failure is for people to read.
enum class ErrorKind {
  usage,         ///< the command line, a configuration file or the list is wrong
  bad_input,     ///< a document or an answer is not what it should be: do not retry
  not_found,     ///< the registry answered, and does not have it
  unauthorized,  ///< 401 or 403 after credentials were tried, or credentials that cannot be read
  unavailable,   ///< 408, 425 or 5xx: the registry is there, and asks for patience
  rate_limited,  ///< 429: the same, of this client
  transport,     ///< resolving, connecting, TLS, or a connection that was cut
  protocol,      ///< malformed HTTP, or an answer that does not fit the request: do not retry
  unreachable,   ///< no such host, or one that cannot be trusted: do not retry
  corrupt,       ///< bytes that are not what their digest or size says
  storage,       ///< the local disk: no permission, an I/O error
  no_space,      ///< the local disk is full, or too small for what is to come
  locked,        ///< another process is at work in the folder
  internal,      ///< no memory, no more threads, or a failure that nobody foresaw: it ends the run
};

/// For programs: "not-found".
std::string_view name(ErrorKind kind);

/// A failure, for people: `context: context: what`, then an optional line `hint: …` that says what to do.
///
/// Thrown across functions and coroutines; each layer that knows more prepends its context with add().
/// Texts are in lower case without a full stop, and free of secrets when they are made.
/// Cancellation is not an Error: it is std::system_error(asio::error::operation_aborted).
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string what) : kind_(kind), text_(std::move(what)) {}

  /// Prepends `context`, as in `catch (Error& error) { error.add("layer 3"); throw; }`.
  Error& add(std::string_view context);

  /// Says what the user can do about it. The first hint given, the one nearest to the cause, stays.
  Error& hint(std::string_view advice);

  /// It was given up after so many attempts; the text says so where there was more than one.
  Error& tried(int attempts);

  ErrorKind kind() const noexcept { return kind_; }
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

/// `failure` itself if it is an Error. Anything else that can be thrown (no memory, an exception of a library) becomes
/// an Error(internal), so that whoever owns failures has one kind to deal with. Leave cancellation out.
std::exception_ptr as_error(const std::exception_ptr& failure);

/// Throws Error(storage), or no_space where that is the cause, that reads `what: <text of errno>`; call it before
/// anything else can change errno.
[[noreturn]] void throw_errno(const std::string& what);

}  // namespace acedt
