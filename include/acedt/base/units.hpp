#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acedt {

/// A count of bytes: a size, or an offset. A type of its own, so that it cannot be mixed up with other numbers.
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

/// Parses "512", "512B", "10kB", "1.5GB", "64KiB", "2GiB": powers of 1000, or of 1024 with an "i", up to 10^15 bytes.
/// Units ignore case. Returns nullopt for anything else.
std::optional<Bytes> parse_bytes(std::string_view text);

/// Returns a size for people, in powers of 1000: "512 B", "1.2 kB", "35 MB", "8.6 GB".
std::string human(Bytes bytes);

/// Returns a duration as Go prints it: "0s", "44ms", "2.485s", "1m2.5s", "3h0m4s".
std::string human(std::chrono::milliseconds duration);

/// Parses "500ms", "30s", "1.5m", "1h30m", up to 365 days. Returns nullopt for anything else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace acedt
