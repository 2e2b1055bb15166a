#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace acedt {

/// The importance of a line; the numbers are the values of --verbosity that select it.
enum class LogLevel { error = 0, warn = 4, info = 8, debug = 12 };

/// Diagnostics for operators: one JSON object per line, {"time", "level", "msg", then the fields}, sent to a sink.
///
/// Passed by reference to its users; there is no global log. Safe to use from several threads if the sink is.
/// Callers must not log secrets: write a URL with Url::display(); tokens and passwords are Secret, which does not
/// print.
class Log {
 public:
  using Sink = std::function<void(std::string_view line)>;  ///< receives one line without its line end
  using Field = std::pair<std::string_view, std::string_view>;
  using Clock = std::function<std::string()>;  ///< returns the current time as RFC 3339 text

  /// Writes the lines of level `threshold` and of every more important level.
  Log(LogLevel threshold, Sink sink, Clock clock);

  /// Returns whether a line of `level` is written; ask before a message that is costly to build.
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
