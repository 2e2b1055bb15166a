#pragma once

#include "acedt/base/text.hpp"
#include "acedt/codec/compression.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace testing {

/// Bytes that do not compress; the same for the same seed.
inline std::string noise(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  std::generate(text.begin(), text.end(), [&random] { return static_cast<char>(random() & 0xff); });
  return text;
}

/// Words that compress about as prose does; the same for the same seed.
inline std::string prose(std::size_t size, unsigned seed = 1) {
  const std::string words = noise(4096, seed);
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) {
    const std::size_t word = random() % 500;
    for (const char c : words.substr(word * 8, 2 + word % 7)) text += static_cast<char>('a' + (c & 15));
    text += ' ';
  }
  text.resize(size);
  return text;
}

/// Returns the frame of content that compresses.
inline std::string frame(acedt::codec::FrameEncoder& encoder, std::string_view content) {
  return std::string(acedt::as_text(encoder.encode(acedt::as_bytes(content)).value()));
}

inline std::string stored_frame(acedt::codec::Compression compression, std::string_view content) {
  const acedt::codec::StoredFrame frame(compression, acedt::as_bytes(content));
  std::string text;
  for (const auto& piece : frame.buffers()) text += acedt::as_text(piece);
  return text;
}

struct Decoded {
  std::string text;
  bool at_boundary = false;
};

/// Decodes all of `stream`, with input and output of at most these sizes per call.
inline Decoded decoded(acedt::codec::Compression compression, std::string_view stream, std::size_t in = 1 << 16,
                       std::size_t out = 1 << 16) {
  acedt::codec::Decoder decoder(compression);
  std::vector<std::byte> buffer(out);
  Decoded result;
  for (;;) {
    const auto [consumed, produced] = decoder.decode(acedt::as_bytes(stream.substr(0, in)), buffer);
    result.text += acedt::as_text(std::span(buffer).first(produced));
    if (consumed == 0 && produced == 0) break;
    stream.remove_prefix(consumed);
  }
  result.at_boundary = decoder.at_boundary();
  return result;
}

}  // namespace testing
