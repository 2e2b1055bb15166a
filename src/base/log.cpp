#include "acedt/base/log.hpp"

#include "acedt/base/text.hpp"

namespace acedt {

Log::Log(LogLevel threshold, Sink sink, Clock clock)
    : threshold_(threshold), sink_(std::move(sink)), clock_(std::move(clock)) {}

void Log::error(std::string_view message, std::initializer_list<Field> fields) const {
  write(LogLevel::error, "ERROR", message, fields);
}
void Log::warn(std::string_view message, std::initializer_list<Field> fields) const {
  write(LogLevel::warn, "WARN", message, fields);
}
void Log::info(std::string_view message, std::initializer_list<Field> fields) const {
  write(LogLevel::info, "INFO", message, fields);
}
void Log::debug(std::string_view message, std::initializer_list<Field> fields) const {
  write(LogLevel::debug, "DEBUG", message, fields);
}

void Log::write(LogLevel level, std::string_view name, std::string_view message,
                std::initializer_list<Field> fields) const {
  if (!wants(level)) return;
  std::string line =
      R"({"time":")" + clock_() + R"(","level":")" + std::string(name) + R"(","msg":")" + json_printable(message) + '"';
  for (const auto& [key, value] : fields) line += ",\"" + json_printable(key) + "\":\"" + json_printable(value) + '"';
  sink_(line += '}');
}

}  // namespace acedt
