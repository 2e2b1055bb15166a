#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace acedt {

/// How much a log says; the numbers are those of the command line's --verbosity.
enum class LogLevel { error = 0, warn = 4, info = 8, debug = 12 };

/// Diagnostics for operators: one JSON object a line, {"time", "level", "msg", then the fields}, to a sink.
///
/// Passed by reference to who needs it; there is no global one. Safe to use from several threads when the sink is.
/// What is logged must be free of secrets: URLs come from Url::display(), tokens and passwords are Secret.
class Log {
 public:
  using Sink = std::function<void(std::string_view line)>;  ///< receives one line, without a line end
  using Field = std::pair<std::string_view, std::string_view>;
  using Clock = std::function<std::string()>;  ///< the time now, as RFC 3339 text

  /// Says only what is at `threshold` or more important.
  Log(LogLevel threshold, Sink sink, Clock clock);

  bool wants(LogLevel level) const noexcept { return level <= threshold_; }
  void error(std::string_view message, std::initializer_list<Field> fields = {}) const;
  void warn(std::string_view message, std::initializer_list<Field> fields = {}) const;
  void info(std::string_view message, std::initializer_list<Field> fields = {}) const;
  void debug(std::string_view message, std::initializer_list<Field> fields = {}) const;

 private:
  void write(LogLevel level, std::string_view name, std::string_view message,
             std::initializer_list<Field> fields) const;

  LogLevel threshold_;
  Sink sink_;
  Clock clock_;
};

}  // namespace acedt
