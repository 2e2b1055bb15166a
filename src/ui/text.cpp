#include "acedt/ui/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <optional>

#include "acedt/base/text.hpp"
#include "acedt/base/units.hpp"

namespace acedt::ui {
namespace {

using namespace std::chrono_literals;

bool continues_a_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// The parts of "CONTEXT: METHOD URL: CAUSE".
struct Failure {
  std::string_view context;
  std::string_view request;  ///< METHOD URL
  std::string_view cause;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_method(std::string_view word) {
  return word.size() >= 3 && std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// Unset if `text` names no request, or several.
std::optional<Failure> parse(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::size_t blank = text.substr(0, scheme_end).rfind(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const std::size_t before_method = text.substr(0, blank).rfind(' ');
  const std::size_t begin = before_method == std::string_view::npos ? 0 : before_method + 1;
  const std::size_t end = text.find(": ", scheme_end);
  if (!is_method(text.substr(begin, blank - begin)) || end == std::string_view::npos) return std::nullopt;
  const Failure failure{text.substr(0, begin), text.substr(begin, end - begin), text.substr(end + 2)};
  const bool names_several = parse(failure.cause).has_value();
  return names_several ? std::nullopt : std::optional(failure);
}

/// Returns the context without the digests that are in `request`, and what names them: "list.csv:2: a: blob
/// sha256:0f…: " becomes "list.csv:2: a: ".
std::string without_digests(std::string_view context, std::string_view request) {
  std::string kept;
  while (!context.empty()) {
    const std::size_t end = std::min(context.find(": "), context.size());
    const std::string_view part = context.substr(0, end);
    context.remove_prefix(std::min(end + 2, context.size()));
    const std::size_t digest = part.rfind(' ') + 1;  // npos + 1 is 0
    const bool is_repeated =
        part.find(':', digest) != std::string_view::npos && request.find(part.substr(digest)) != std::string_view::npos;
    if (!is_repeated) kept.append(part).append(": ");
  }
  return kept;
}

/// Returns the length of "LIST:LINE: NAME: ARTIFACT" at the start of `text`; 0 if it starts differently.
std::size_t length_of_row(std::string_view text) {
  const std::size_t line = text.find(": ");
  const std::size_t name = line == text.npos ? line : text.find(": ", line + 2);
  const std::size_t artifact = name == text.npos ? name : text.find(": ", name + 2);
  if (artifact == text.npos || line == 0 || !is_digit(text[line - 1])) return 0;
  const std::string_view reference = text.substr(name + 2, artifact - name - 2);
  return reference.find('/') != text.npos && reference.find_first_of(" \"") == text.npos ? artifact : 0;
}

/// Returns `text` with each digest whole once, and then as "sha256:0123456789ab…".
std::string each_digest_once(std::string_view text) {
  constexpr std::size_t shown = 12;
  std::string out;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find("sha256:"), text.find("sha512:"));
    if (begin == text.npos) break;
    const std::size_t digits = begin + std::string_view("sha256:").size();
    const std::size_t end = std::min(text.find_first_not_of("0123456789abcdef", digits), text.size());
    const bool is_known = end > digits + shown && out.find(text.substr(begin, end - begin)) != out.npos;
    out.append(text.substr(0, is_known ? digits + shown : end)).append(is_known ? "…" : "");
    text.remove_prefix(end);
  }
  return out.append(text);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    out += length == 0 || is_control(character) ? "?" : character;
    text.remove_prefix(character.size());
  }
  return out;
}

std::size_t length_of(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_a_character));
}

std::string_view cut(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  for (; end < text.size() && columns > 0; --columns) {
    ++end;
    while (end < text.size() && continues_a_character(text[end])) ++end;
  }
  return text.substr(0, end);
}

std::string shortened(std::string_view text, std::size_t columns) {
  if (length_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  return std::string(cut(text, columns - 1)).append("…");
}

std::string padded(std::string text, std::size_t columns) {
  text.append(columns - std::min(columns, length_of(text)), ' ');
  return text;
}

std::string right_aligned(const std::string& text, std::size_t columns) {
  return std::string(columns - std::min(columns, length_of(text)), ' ') + text;
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

std::string brief(std::chrono::seconds duration) {
  const long long seconds = std::max<long long>(duration.count(), 0);
  std::array<char, 48> text{};
  if (seconds < 60) {
    std::snprintf(text.data(), text.size(), "%llds", seconds);
  } else if (seconds < 3600) {
    std::snprintf(text.data(), text.size(), "%lldm%02llds", seconds / 60, seconds % 60);
  } else if (seconds < 48 * 3600) {
    std::snprintf(text.data(), text.size(), "%lldh%02lldm", seconds / 3600, seconds / 60 % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%lldd%02lldh", seconds / 86400, seconds / 3600 % 24);
  }
  return text.data();
}

std::string rounded(std::chrono::milliseconds duration) {
  const auto unit = duration < 1s ? 1ms : duration < 1min ? 100ms : 1000ms;
  return human(std::chrono::milliseconds((duration + unit / 2) / unit * unit));
}

std::string rfc3339(std::chrono::system_clock::time_point date) {
  const auto second = std::chrono::floor<std::chrono::seconds>(date);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(second);
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(date - second).count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<long>(microseconds));
  return text.data();
}

std::string cause_first(std::string_view text) {
  const std::optional<Failure> failure = parse(text);
  const std::size_t row = failure ? 0 : length_of_row(text);
  if (row > 0)
    return each_digest_once(std::string(text.substr(row + 2)).append(" (").append(text.substr(0, row)) + ")");
  if (!failure) return each_digest_once(text);
  return each_digest_once(std::string(failure->cause) + " (" + without_digests(failure->context, failure->request) +
                          std::string(failure->request) + ")");
}

std::string_view cause_of(std::string_view text) {
  const std::optional<Failure> failure = parse(text);
  return failure ? failure->cause : text;
}

}  // namespace acedt::ui
