#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acedt {

/// A count of bytes. Bytes add up with Bytes; a bare integer has to say what it counts.
struct Bytes {
  std::uint64_t count = 0;

  friend constexpr auto operator<=>(Bytes, Bytes) = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return {a.count - b.count}; }
  constexpr Bytes& operator+=(Bytes other) {
    count += other.count;
    return *this;
  }
};

inline namespace literals {
constexpr Bytes operator""_B(unsigned long long n) {
  return {n};
}
constexpr Bytes operator""_KiB(unsigned long long n) {
  return {n << 10};
}
constexpr Bytes operator""_MiB(unsigned long long n) {
  return {n << 20};
}
constexpr Bytes operator""_GiB(unsigned long long n) {
  return {n << 30};
}
}  // namespace literals

/// "512", "512B", "10kB", "1.5GB", "64KiB", "2GiB": powers of 1000, or of 1024 with an i. Nothing for anything else.
std::optional<Bytes> parse_bytes(std::string_view text);

/// For people, in powers of 1000 as the reference prints it: "512 B", "1.2 kB", "35 MB", "8.6 GB".
std::string human(Bytes bytes);

/// As Go prints a duration: "0s", "44ms", "2.485s", "1m2.5s", "3h0m4s".
std::string human(std::chrono::milliseconds duration);

/// "500ms", "30s", "1.5m", "1h30m", up to a year. Nothing for anything else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace acedt
