#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "acedt/base/output.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::ui {

/// Everything that happens, in FOLDER/events.jsonl: one JSON object a line with "time" (milliseconds since the first),
/// "event" (such as "blob_stored") and its fields; and "counters" once a second.
class Debug final : public report::Observer {
 public:
  /// Makes the folder where it is missing, and the file anew. Throws Error(usage) and Error(storage), as
  /// Output::open() does.
  explicit Debug(const std::filesystem::path& folder);
  Debug(const Debug&) = delete;
  Debug& operator=(const Debug&) = delete;
  ~Debug() override;

  /// Throws Error where not all could be written.
  void check();

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  std::chrono::milliseconds since_start(Time at);
  void flush();

  Output output_;
  std::string pending_;  // lines that are not in the file yet
  std::optional<Time> started_;
  std::optional<Time> counted_at_;
};

}  // namespace acedt::ui
