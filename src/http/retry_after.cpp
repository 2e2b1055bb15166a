#include "acedt/http/retry_after.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "acedt/base/text.hpp"

namespace acedt::http {
namespace {

using namespace std::chrono;

constexpr seconds longest = hours(24 * 365);

struct Date {
  int year = 0;
  std::array<char, 4> month = {};
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

/// Years from 1583 on: a date in an earlier one is a two-digit year where four are due.
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

/// A two-digit year that seems more than 50 years ahead is the latest past year with these digits (RFC 9110
/// section 5.6.7).
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
    return seconds(std::min(to_number(field).value_or(longest.count()), static_cast<std::uint64_t>(longest.count())));
  const auto date = parse_date(std::string(field), now);
  if (!date) return std::nullopt;
  return std::clamp<seconds>(*date - floor<seconds>(now), seconds(0), longest);
}

}  // namespace acedt::http
