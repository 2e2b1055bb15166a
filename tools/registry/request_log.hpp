#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "acedt/base/file.hpp"

namespace acedt::testing {

/// One request and how it was answered.
struct LogEntry {
  std::string method = {};
  std::string target = {};
  int status = 0;                  ///< 0: not answered
  std::uint64_t bytes = 0;         ///< of the body, sent
  std::string range = {};          ///< the Range field, without blanks; empty where there was none
  std::string authorization = {};  ///< its scheme in lower case; empty where there was none
  bool at_storage = false;         ///< it came to the storage listener

  /// `METHOD TARGET STATUS BYTES RANGE AUTHORIZATION LISTENER`, "-" for what is empty; LISTENER is registry or storage.
  std::string line() const;
};

/// Every request, in the order of the answers. Every member from any thread.
class RequestLog {
 public:
  /// Appends each finished entry to `file` too, unless that is empty.
  explicit RequestLog(const std::filesystem::path& file);

  /// An entry is there before its answer is sent, with the bytes that are meant to be: who has the answer finds it
  /// here.
  std::size_t add(LogEntry entry);
  /// So many bytes went out.
  void finish(std::size_t id, std::uint64_t bytes);
  std::vector<LogEntry> entries() const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::deque<LogEntry> entries_;
  std::size_t first_ = 0;  // the id of the first entry
  std::optional<File> file_;
};

}  // namespace acedt::testing
