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

/// A response with so many bytes of body, as it comes from a registry.
inline std::string response(std::size_t body) {
  return "HTTP/1.1 200 OK\r\nDate: Fri, 17 May 2024 12:00:00 GMT\r\nContent-Type: application/octet-stream\r\n"
         "Content-Length: " +
         std::to_string(body) +
         "\r\nDocker-Distribution-Api-Version: registry/2.0\r\nETag: \"sha256:0123456789abcdef\"\r\n\r\n" +
         random_bytes(body);
}

/// As evenly spread as a digest is, and different for each number.
inline std::string digest_text(std::uint64_t number) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string text = "sha256:";
  for (std::uint64_t word = 0; word < 4; ++word) {
    std::uint64_t bits = (4 * number + word + 1) * 0x9e3779b97f4a7c15;  // SplitMix64
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    for (int i = 0; i < 16; ++i, bits >>= 4) text += hex[bits & 15];
  }
  return text;
}

inline std::string descriptor(std::uint64_t number) {
  return R"({"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":")" + digest_text(number) +
         R"(","size":)" + std::to_string(1000 + number) + "}";
}

inline std::string image_manifest(std::uint64_t layers) {
  std::string list;
  for (std::uint64_t i = 1; i <= layers; ++i) list.append(list.empty() ? "" : ",").append(descriptor(i));
  return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)" + descriptor(0) +
         R"(,"layers":[)" + list + "]}";
}

}  // namespace acedt::bench
