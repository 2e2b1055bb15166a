#pragma once

#include "acedt/archive/reader.hpp"
#include "acedt/archive/writer.hpp"
#include "acedt/tar/header.hpp"
#include "support/sha256.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace acedt::testing {

/// Returns bytes that compress a little; the same for the same seed.
inline std::string some_bytes(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&random] { return static_cast<char>(random() & 0x3f); });
  return bytes;
}

/// Returns the decoded bytes from `location` on, or the first `size` of them.
inline std::string read_from(const std::filesystem::path& path, tar::Location location,
                             std::size_t size = std::string::npos) {
  archive::Reader reader(path, location);
  std::string text;
  std::vector<std::byte> buffer(std::min<std::size_t>(size, 100'000));
  while (text.size() < size) {
    const std::size_t n = reader.read(std::span(buffer).first(std::min(buffer.size(), size - text.size())));
    if (n == 0) break;
    text += as_text(std::span(buffer).first(n));
  }
  return text;
}

inline async::awaitable<void> put(std::shared_ptr<archive::Writer> writer, std::uint64_t offset,
                                  std::string_view bytes) {
  const Bytes at{offset};
  co_await writer->write(at, as_bytes(bytes));
}

/// Returns an entry of a tar, with its padding.
inline std::string entry(std::string_view name, std::string_view content) {
  std::string text = tar::file_header(name, {content.size()});
  text += content;
  return text.append(tar::padding({content.size()}).count, '\0');
}

/// Returns an entry for a blob, named `prefix` and its path.
inline std::string blob_entry(std::string_view content, const std::string& prefix = "") {
  return entry(prefix + sha256(content).blob_path(), content);
}

inline const std::string tar_end = std::string(tar::end_of_archive.count, '\0');

/// Returns a tar with a blob for each of `contents`. The blobs in `damaged` have a wrong byte in the middle.
inline std::string tar_of(const std::vector<std::string>& contents, const std::vector<std::string>& damaged = {}) {
  std::string tar;
  for (std::string content : contents) {
    const std::string name = sha256(content).blob_path();
    if (std::ranges::find(damaged, content) != damaged.end()) content[content.size() / 2] ^= 1;
    tar += entry(name, content);
  }
  return tar + tar_end;
}

}  // namespace acedt::testing
