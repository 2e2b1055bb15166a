#include "batch/transfer.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/http/range.hpp"

namespace acedt::batch {
namespace {

// Up to this size a blob is held until it is verified, and written with its header by one system call.
constexpr std::uint64_t small_blob = 64 << 10;

/// The state of one transfer, over all its attempts.
class Fetch {
 public:
  Fetch(registry::Client& client, Transfer job)
      : client_(client), job_(std::move(job)), hasher_(job_.blob.digest.algorithm()) {}

  async::awaitable<void> run() {
    const std::string what = "blob " + job_.blob.digest.text();
    for (;;) {
      std::exception_ptr failure;
      try {
        co_return co_await attempt();
      } catch (Error& error) {
        explain(error);
        failure = std::current_exception();
      }
      co_await client_.back_off(retry_, failure, what);
    }
  }

 private:
  async::awaitable<void> attempt() {
    http::Request request{"GET", job_.repository.path("blobs", job_.blob.digest.text())};
    if (hashed_ > 0) request.fields.add("Range", http::range_from(hashed_));
    registry::Response response = co_await client_.get(job_.repository, std::move(request));
    try {
      check(response.head);
      co_await receive(*response.connection);
    } catch (Error& error) {
      error.add(response.what);
      throw;
    }
    client_.done(std::move(response));
  }

  /// Compares what the response says it carries with what was asked for.
  void check(const http::ResponseHead& head) {
    if (head.status == 206 && hashed_ > 0) {
      const auto range = http::parse_content_range(head.fields.get("Content-Range").value_or(""));
      const bool right = range && range->first == hashed_ && range->last + 1 == size();
      if (!right) throw Error(ErrorKind::transport, "the answer carries another range than the one asked for");
    } else {
      restart();  // the registry does not do ranges
    }
    const auto length = head.content_length();
    if (length && *length != size() - hashed_) {
      throw Error(ErrorKind::corrupt,
                  "got " + std::to_string(hashed_ + *length) + " bytes, want " + std::to_string(size()));
    }
  }

  async::awaitable<void> receive(net::Connection& connection) {
    for (;;) {
      const std::span<const std::byte> piece = co_await connection.read();
      if (piece.empty()) break;
      client_.counters().bytes_received.fetch_add(piece.size(), std::memory_order_relaxed);
      if (piece.size() > size() - hashed_) {
        restart();
        throw Error(ErrorKind::corrupt, "more than the " + std::to_string(size()) + " bytes wanted");
      }
      const std::uint64_t known = std::min<std::uint64_t>(piece.size(), written_ - std::min(written_, hashed_));
      hasher_.update(piece);
      hashed_ += piece.size();
      if (known > 0) compare(piece.first(known));
      if (hashed_ > reached_) retry_.progress();  // not for what came before: that could go on for ever
      reached_ = std::max(reached_, hashed_);
      co_await keep(piece.subspan(known));
    }
    if (hashed_ < size()) {
      throw Error(ErrorKind::transport,
                  "cut after " + std::to_string(hashed_) + " of " + std::to_string(size()) + " bytes");
    }
    const oci::Digest got = hasher_.finish();
    if (got != job_.blob.digest) throw_wrong("got " + got.text() + ", want " + job_.blob.digest.text());
    if (size() <= small_blob) co_await write(as_bytes(held_));
  }

  /// After a start from the beginning: `bytes` came before and are in the archive, or else what is there is wrong, and
  /// the digest of what comes now does not speak for it.
  void compare(std::span<const std::byte> bytes) {
    again_->update(bytes);
    if (hashed_ >= written_ && again_->finish() != written_digest_) {
      throw_wrong("got other bytes up to " + std::to_string(written_) + " than before");
    }
  }

  [[noreturn]] void throw_wrong(const std::string& what) {
    const bool spoilt = written_ > 0 && !job_.archive->rewritable();
    client_.counters().bytes_stored.fetch_sub(written_, std::memory_order_relaxed);
    written_ = 0;
    restart();
    throw Error(spoilt ? ErrorKind::bad_input : ErrorKind::corrupt, what);
  }

  /// Holds a small blob; writes a large one.
  async::awaitable<void> keep(std::span<const std::byte> piece) {
    if (size() <= small_blob) {
      held_ += as_text(piece);
    } else {
      co_await write(piece);
    }
  }

  async::awaitable<void> write(std::span<const std::byte> bytes) {
    if (bytes.empty()) co_return;
    const Bytes offset{job_.offset.count + (written_ == 0 ? 0 : job_.head.size() + written_)};
    const auto head = written_ == 0 ? as_bytes(job_.head) : std::span<const std::byte>();
    co_await job_.archive->write(offset, head, bytes);
    written_ += bytes.size();
    client_.counters().bytes_stored.fetch_add(bytes.size(), std::memory_order_relaxed);
  }

  /// What was written of a large blob stays: see compare().
  void restart() {
    if (written_ > 0 && hashed_ == written_) written_digest_ = hasher_.finish();
    hashed_ = 0;
    hasher_.reset();
    if (written_ > 0) again_.emplace(job_.blob.digest.algorithm());
    held_.clear();
  }

  void explain(Error& error) const {
    error.add("blob " + job_.blob.digest.text());
    if (error.kind() == ErrorKind::not_found && !job_.blob.urls.empty()) {
      error = Error(error.kind(), error.what());  // without the hint about tags
      error.hint("the registry does not hold this blob: its descriptor names other places (" + job_.blob.urls.front() +
                 "), which are not asked; push the image with its foreign layers to a registry of your own");
    }
  }

  std::uint64_t size() const { return job_.blob.size.count; }

  registry::Client& client_;
  Transfer job_;
  codec::Hasher hasher_;
  plan::Retry retry_;
  std::uint64_t hashed_ = 0;                   // bytes from the start that went through the hash in this attempt
  std::uint64_t reached_ = 0;                  // the most that hashed_ was
  std::uint64_t written_ = 0;                  // bytes from the start that are in the archive
  std::optional<codec::Hasher> again_;         // of those bytes, as they come once more
  std::optional<oci::Digest> written_digest_;  // as of the last start from the beginning
  std::string held_;                           // of a small blob
};

}  // namespace

async::awaitable<void> transfer(registry::Client& client, Transfer job) {
  Fetch fetch(client, std::move(job));
  co_await fetch.run();
}

}  // namespace acedt::batch
