// Field values come from registries and proxies, in all the forms that RFC 9110 allows and some that it does not. Each
// parser takes what it understands and skips the rest.

#include "acedt/http/field_values.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <utility>

#include "acedt/base/text.hpp"
#include "acedt/http/message.hpp"

namespace acedt::http {

using namespace std::chrono;

namespace {

/// Reads a field value from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }
  std::string_view rest() const noexcept { return rest_; }

  /// Skips `c` if it comes next. Returns whether it did.
  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Skips any number of `characters`.
  void skip_any(std::string_view characters) { take(rest_.find_first_not_of(characters)); }
  void skip_blanks() { skip_any(" \t"); }
  /// Takes the text before the first of `stops`, or all of it.
  std::string_view until(std::string_view stops) { return take(rest_.find_first_of(stops)); }
  /// Takes the token that comes next; may be empty.
  std::string_view token() { return take(token_length(rest_)); }
  /// Takes a quoted string and returns it without quotes and escapes, or takes the text before the first of `stops`.
  /// Unset, and at the end, if a quoted string is not closed.
  std::optional<std::string> value(std::string_view stops) {
    if (!skip('"')) return std::string(until(stops));
    std::string text;
    while (!at_end()) {
      text += until("\"\\");
      if (skip('"')) return text;
      skip('\\');
      text += take(1);
    }
    return std::nullopt;
  }

 private:
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
};

/// Skips a token68, which may stand in place of parameters (RFC 9110 section 11.2): "Negotiate YII=".
void skip_token68(Scanner& scanner) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/";
  Scanner ahead = scanner;
  ahead.skip_any(characters);
  ahead.skip_any("=");
  ahead.skip_blanks();
  if (ahead.at_end() || ahead.rest().starts_with(',')) scanner = ahead;
}

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view field) {
  std::vector<Challenge> challenges;
  for (Scanner scanner(field); !scanner.at_end();) {
    scanner.skip_any(" \t,");
    std::string name = lower(scanner.token());
    scanner.skip_blanks();
    if (name.empty()) {
      scanner.until(",");
    } else if (scanner.skip('=')) {
      scanner.skip_blanks();
      std::optional<std::string> value = scanner.value(" \t,");
      if (value && !challenges.empty()) challenges.back().parameters.emplace(std::move(name), std::move(*value));
    } else {
      challenges.push_back({.scheme = std::move(name), .parameters = {}});
      skip_token68(scanner);
    }
  }
  return challenges;
}

namespace {

/// Takes the parameters that come next. Returns the relation types: the value of the first "rel", as others do not
/// count.
std::string relations(Scanner& scanner) {
  std::optional<std::string> found;
  for (;;) {
    scanner.skip_blanks();
    if (!scanner.skip(';')) return found.value_or("");
    scanner.skip_blanks();
    const std::string_view name = scanner.token();
    scanner.skip_blanks();
    if (!scanner.skip('=')) continue;
    scanner.skip_blanks();
    std::optional<std::string> value = scanner.value(" \t,;");
    if (!found && equal_ignoring_case(name, "rel")) found = std::move(value);
  }
}

bool has_next(std::string_view relations) {
  const auto types = split(relations, ' ');
  return std::any_of(types.begin(), types.end(), [](auto type) { return equal_ignoring_case(type, "next"); });
}

}  // namespace

std::optional<std::string> next_link(std::string_view field) {
  for (Scanner scanner(field); !scanner.at_end();) {
    scanner.skip_any(" \t,");
    if (!scanner.skip('<')) {
      scanner.until(",");
      continue;
    }
    const std::string_view target = scanner.until(">");
    if (scanner.skip('>') && has_next(relations(scanner))) return std::string(target);
  }
  return std::nullopt;
}

std::optional<Quota> parse_quota(std::string_view field) {
  constexpr std::uint64_t max_window = 366ULL * 24 * 60 * 60;
  const auto parts = split(field, ';');
  const auto requests = to_number(trim(parts.front()));
  if (!requests) return std::nullopt;
  Quota quota{*requests};
  for (const std::string_view part : parts) {
    const std::string_view parameter = trim(part);
    const auto window = parameter.starts_with("w=") ? to_number(parameter.substr(2)) : std::nullopt;
    if (window && *window <= max_window) quota.window = std::chrono::seconds(*window);
  }
  return quota;
}

std::string range_from(std::uint64_t first, std::optional<std::uint64_t> last) {
  return "bytes=" + std::to_string(first) + "-" + (last ? std::to_string(*last) : "");
}

std::optional<ContentRange> parse_content_range(std::string_view field) {
  const auto blank = field.find(' ');
  const auto dash = field.find('-');
  const auto slash = field.find('/');
  if (blank == field.npos || dash == field.npos || slash == field.npos || blank > dash || dash > slash)
    return std::nullopt;

  const auto first = to_number(field.substr(blank + 1, dash - blank - 1));
  const auto last = to_number(field.substr(dash + 1, slash - dash - 1));
  const std::string_view size = field.substr(slash + 1);
  const auto complete = to_number(size);
  if (!equal_ignoring_case(field.substr(0, blank), "bytes") || !first || !last || (!complete && size != "*"))
    return std::nullopt;

  // Callers compute last + 1, so it must not overflow, even if the size is unknown.
  if (*first > *last || *last >= complete.value_or(std::numeric_limits<std::uint64_t>::max())) return std::nullopt;
  return ContentRange{.first = *first, .last = *last, .complete = complete};
}

namespace {

constexpr seconds max_wait = hours(24 * 365);

struct Date {
  int year = 0;
  std::array<char, 4> month = {};
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

/// Accepts years from 1583 on: an earlier one is a two-digit year in a form that has four digits.
std::optional<sys_seconds> time_of(const Date& date) {
  constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto index = names.find(date.month.data());
  if (index == names.npos || index % 3 != 0 || std::string_view(date.month.data()).size() != 3) return std::nullopt;
  const bool in_bounds = date.year >= 1583 && date.day >= 1 && date.hour >= 0 && date.hour < 24 && date.minute >= 0 &&
                         date.minute < 60 && date.second >= 0 && date.second <= 60;
  const year_month_day day = year(date.year) / static_cast<int>(index / 3 + 1) / date.day;
  if (!in_bounds || !day.ok()) return std::nullopt;
  return sys_days(day) + hours(date.hour) + minutes(date.minute) + seconds(date.second);
}

/// Returns the year for two digits. One that would be more than 50 years ahead is the latest past year with these
/// digits (RFC 9110 section 5.6.7).
int full_year(int two_digits, system_clock::time_point now) {
  const int this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
  const int year = this_year / 100 * 100 + two_digits;
  return year > this_year + 50 ? year - 100 : year;
}

std::optional<sys_seconds> parse_date(const std::string& text, system_clock::time_point now) {
  Date date;  // NOLINT(misc-const-correctness): written through what follows
  auto& [year, month, day, hour, minute, second] = date;
  int end = 0;
  const auto whole = [&](int fields) { return fields == 6 && text.size() == static_cast<std::size_t>(end); };

  if (whole(std::sscanf(text.c_str(), "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &day, month.data(), &year,
                        &hour, &minute, &second, &end)))
    return time_of(date);
  if (whole(std::sscanf(text.c_str(), "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &day, month.data(), &year,
                        &hour, &minute, &second, &end))) {
    year = full_year(year, now);
    return time_of(date);
  }
  if (whole(std::sscanf(text.c_str(), "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", month.data(), &day, &hour,
                        &minute, &second, &year, &end)))
    return time_of(date);
  return std::nullopt;
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view field, system_clock::time_point now) {
  constexpr std::string_view digits = "0123456789";
  if (!field.empty() && field.find_first_not_of(digits) == field.npos)
    return seconds(std::min(to_number(field).value_or(max_wait.count()), static_cast<std::uint64_t>(max_wait.count())));
  const auto date = parse_date(std::string(field), now);
  if (!date) return std::nullopt;
  return std::clamp<seconds>(*date - floor<seconds>(now), seconds(0), max_wait);
}

}  // namespace acedt::http
