#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace acedt::bench {

/// Bytes that do not compress; the same ones each time.
inline std::string random_bytes(std::size_t size) {
  std::mt19937_64 random(1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() & 0xff);
  return bytes;
}

/// Lines as of a log; the same ones each time.
inline std::string log_text(std::size_t size) {
  static constexpr const char* words[] = {"accepted", "blob", "cache", "closed", "connection", "fetched", "from",
                                          "layer",    "of",   "peer",  "queued", "request",    "sent",    "to"};
  std::mt19937_64 random(1);
  std::string text;
  while (text.size() < size) {
    text += "time=" + std::to_string(1'700'000'000 + text.size() / 100) + " level=info";
    for (int i = 0; i < 8; ++i) text.append(" ").append(words[random() % std::size(words)]);
    text += " id=" + std::to_string(random() % 100'000) + '\n';
  }
  text.resize(size);
  return text;
}

}  // namespace acedt::bench
