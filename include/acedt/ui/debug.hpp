#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "acedt/base/output.hpp"
#include "acedt/report/observer.hpp"

namespace acedt::ui {

/// Writes every event to FOLDER/events.jsonl: one JSON object per line, with "time" (milliseconds since the first
/// event), "event" (such as "blob_stored") and its fields; and a line of "counters" once a second.
class Debug final : public report::Observer {
 public:
  /// Makes the folder if necessary, and creates or empties the file. Throws Error(usage), Error(storage) or
  /// Error(no_space) as Output::open() does.
  explicit Debug(const std::filesystem::path& folder);
  Debug(const Debug&) = delete;
  Debug& operator=(const Debug&) = delete;
  ~Debug() override;

  /// Throws Error(storage) or Error(no_space) if an event could not be written.
  void check();

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  std::chrono::milliseconds since_start(Time at);
  void flush();

  Output output_;
  std::string pending_;  // lines not written yet
  std::optional<Time> started_;
  std::optional<Time> counted_at_;
};

}  // namespace acedt::ui
