#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "acedt/base/text.hpp"
#include "acedt/registry/push.hpp"
#include "registry/session.hpp"
#include "support/run.hpp"
#include "support/sha256.hpp"

namespace acedt::testing {

inline constexpr std::size_t tail = 64 << 10;  // what a push holds back until it knows that the blob is right

/// `size` bytes that differ from place to place.
inline std::string content_of(std::size_t size) {
  std::string content(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : content) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return content;
}

/// A blob in memory, in pieces.
class Source : public registry::BlobSource {
 public:
  explicit Source(std::string content, std::size_t piece = 1 << 20) : content_(std::move(content)), piece_(piece) {}

  async::awaitable<void> start(Bytes offset) override {
    starts.push_back(offset.count);
    at_ = offset.count;
    co_return;
  }
  async::awaitable<std::span<const std::byte>> read() override {
    if (fails_at && at_ >= *fails_at) throw Error(ErrorKind::storage, "the disk is broken");
    const auto piece = as_bytes(content_).subspan(at_, std::min(piece_, content_.size() - at_));
    at_ += piece.size();
    co_return piece;
  }

  std::vector<std::uint64_t> starts = {};  // offsets
  std::optional<std::size_t> fails_at = {};

 private:
  std::string content_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

/// Runs the coroutine `body` with a registry, a session, and its repository a/b, opened for pushing.
void with_repository(Options options, auto body) {
  Registry server(std::move(options));
  testing::run([&](async::Executor executor) -> async::awaitable<void> {
    Session session(executor, server);
    const oci::Reference reference = oci::Reference::parse(server.address() + "/a/b:v1");
    const registry::Repository repository = co_await session.registries.open_for_push(reference);
    server.clear_log();
    co_await body(server, session, repository);
  });
}

inline async::awaitable<void> push(Session& session, const registry::Repository& repository, const std::string& content,
                                   Source& source) {
  const Bytes size{content.size()};
  co_await registry::push_blob(session.transport, repository, sha256(content), size, source);
}

/// What the registry has under the digest of `content`.
inline bool has(Registry& server, const std::string& content) {
  const auto stored = server.store().blob("a/b", sha256(content));
  return stored && stored->text() == content;
}

/// The methods of the requests with the status of each: "POST 202, PUT 201".
inline std::string requests(Registry& server) {
  std::string all;
  for (const LogEntry& entry : server.log())
    all += (all.empty() ? "" : ", ") + entry.method + " " + std::to_string(entry.status);
  return all;
}

}  // namespace acedt::testing
