#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/base/error.hpp"
#include "acedt/http/response_reader.hpp"

namespace acedt::registry {

/// A registry that is there and asks for patience: 408, 425, 429 or 5xx. Or a storage, see throw_if_link_expired().
class Unavailable : public Error {
 public:
  Unavailable(ErrorKind kind, const std::string& what, int status, std::optional<std::chrono::seconds> retry_after)
      : Error(kind, what), status_(status), retry_after_(retry_after) {}
  int status() const noexcept { return status_; }
  std::optional<std::chrono::seconds> retry_after() const noexcept { return retry_after_; }

 private:
  int status_;
  std::optional<std::chrono::seconds> retry_after_;
};

/// A registry, or its storage, that cannot do with ranges what it should: the whole may still be had.
class RangeRefused : public Error {
 public:
  explicit RangeRefused(const std::string& what) : Error(ErrorKind::transport, what) {}
};

/// Says so where a page for people came in place of what was asked for.
void explain_page(Error& error, const http::ResponseHead& head);

/// For how long the registry wants to be left alone, if it says so.
std::optional<std::chrono::seconds> retry_after(const http::ResponseHead& head);

/// Throws the Error for a response that is no success: its status, and what the body says in the form of
/// OCI distribution-spec v1.1, "Error Codes". `host` is for the hint about logging in.
[[noreturn]] void throw_problem(const http::ResponseHead& head, std::string_view body, std::string_view host);

/// Of the answer of a storage that the registry redirected to: 400, 401 or 403 say that the link was good for too short
/// a time. Throws Unavailable then: the registry gives a fresh one to who asks again.
void throw_if_link_expired(const http::ResponseHead& head, std::string_view body);

}  // namespace acedt::registry
