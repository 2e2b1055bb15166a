#pragma once

#include <doctest/doctest.h>

#include <string>

#include "acedt/base/error.hpp"

namespace acedt::testing {

/// The text of the Error of `kind` that `action` throws; fails the test where it throws none or another one.
template <typename Action>
std::string failure(ErrorKind kind, Action action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.what();
  }
  FAIL_CHECK("no error");
  return {};
}

}  // namespace acedt::testing
