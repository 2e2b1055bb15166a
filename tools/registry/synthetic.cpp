#include "tools/registry/synthetic.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace acedt::testing {
namespace {

/// splitmix64 (Steele, Lea and Flood).
std::uint64_t split(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

constexpr std::size_t word_size = 8;
using Word = std::array<char, word_size>;

/// 256 words of seven letters and a blank, always the same.
std::array<Word, 256> make_words() {
  std::array<Word, 256> words{};
  Random random(0);
  for (Word& word : words) {
    std::uint64_t bits = random.next();
    for (char& letter : word) {
      letter = static_cast<char>('a' + bits % 26);
      bits /= 26;
    }
    word.back() = ' ';
  }
  return words;
}

/// 64 bytes: six words, a code of 15 letters and digits, a line end. 138 bits of them are random.
void make_line(std::array<char, 64>& line, Random& random) {
  static const auto words = make_words();
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";
  std::uint64_t bits = random.next();
  for (std::size_t i = 0; i < 6; ++i, bits >>= 8)
    std::memcpy(line.data() + i * word_size, words[bits & 0xff].data(), word_size);
  bits = random.next();
  for (std::size_t i = 48; i < 58; ++i, bits >>= 6) line[i] = digits[bits & 0x3f];
  bits = random.next();
  for (std::size_t i = 58; i < 63; ++i, bits >>= 6) line[i] = digits[bits & 0x3f];
  line[63] = '\n';
}

}  // namespace

Random::Random(std::uint64_t seed) {
  for (std::uint64_t& word : state_) word = split(seed);
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  std::uint64_t state = a;
  state = split(state) ^ b;
  return split(state);
}

void fill_incompressible(std::span<std::byte> out, std::uint64_t seed) {
  Random random(seed);
  std::size_t at = 0;
  for (; at + 8 <= out.size(); at += 8) {
    const std::uint64_t number = random.next();
    std::memcpy(out.data() + at, &number, 8);
  }
  const std::uint64_t number = random.next();
  std::memcpy(out.data() + at, &number, out.size() - at);
}

void fill_text(std::span<std::byte> out, std::uint64_t seed) {
  Random random(seed);
  std::array<char, 64> line{};
  while (!out.empty()) {
    make_line(line, random);
    const std::size_t size = std::min(line.size(), out.size());
    std::memcpy(out.data(), line.data(), size);
    out = out.subspan(size);
  }
}

}  // namespace acedt::testing
