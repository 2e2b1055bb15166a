#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/base/error.hpp"
#include "acedt/http/response_reader.hpp"

namespace acedt::registry {

/// A registry that is there and asks for patience: 408, 425, 429 or 5xx.
class Unavailable : public Error {
 public:
  Unavailable(ErrorKind kind, const std::string& what, std::optional<std::chrono::seconds> retry_after)
      : Error(kind, what), retry_after_(retry_after) {}
  std::optional<std::chrono::seconds> retry_after() const noexcept { return retry_after_; }

 private:
  std::optional<std::chrono::seconds> retry_after_;
};

/// For how long the registry wants to be left alone, if it says so.
std::optional<std::chrono::seconds> retry_after(const http::ResponseHead& head);

/// Throws the Error for a response that is no success: its status, and what the body says in the form of
/// OCI distribution-spec v1.1, "Error Codes". `host` is for the hint about logging in.
[[noreturn]] void throw_problem(const http::ResponseHead& head, std::string_view body, std::string_view host);

}  // namespace acedt::registry
