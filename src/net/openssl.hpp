#pragma once

#include <openssl/err.h>

#include <string>

namespace acedt::net {

/// For a std::unique_ptr to what `free` frees.
template <auto free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};

/// The last error of OpenSSL on this thread, in its words.
inline std::string last_problem() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason == nullptr ? "unknown problem" : reason;
}

/// Where OpenSSL would ask for a passphrase on the terminal.
inline int no_passphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace acedt::net
