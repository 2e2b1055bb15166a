#pragma once

#include <string>

namespace acedt::testing {

/// A server certificate (with its chain) and its key, as PEM.
struct Certificate {
  std::string certificate = {};
  std::string key = {};

  /// A fresh one for localhost, 127.0.0.1 and ::1 that signs itself: clients trust `certificate` as their root.
  static Certificate self_signed();
};

}  // namespace acedt::testing
