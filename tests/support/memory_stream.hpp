#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "acedt/async/task_group.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/net/stream.hpp"

namespace acedt::testing {

/// The other side of a connection, in memory. Must outlive its stream().
class Peer {
 public:
  static constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();

  /// A read gets `max_read` bytes at most.
  explicit Peer(const async::Executor& executor, std::size_t max_read = whole)
      : changed_(executor), max_read_(max_read) {}

  void feed(std::string_view bytes) {
    input_ += bytes;
    changed_.wake_all();
  }
  /// The other side hangs up behind that byte of all that is fed. If it never does, reading waits for more.
  void cut_at(std::size_t byte) {
    end_ = byte;
    changed_.wake_all();
  }
  /// Takes no more than `bytes` of all that is written: writing more waits.
  void take_at_most(std::size_t bytes) {
    max_sent_ = bytes;
    changed_.wake_all();
  }
  const std::string& sent() const noexcept { return sent_; }
  /// The stream was closed, or is gone.
  bool closed() const noexcept { return closed_; }

  std::unique_ptr<net::Stream> stream() { return std::make_unique<End>(*this); }

 private:
  class End : public net::Stream {
   public:
    explicit End(Peer& peer) : peer_(peer) {}
    ~End() override { peer_.closed_ = true; }

    async::awaitable<std::size_t> read_some(std::span<std::byte> buffer) override { return peer_.read(buffer); }
    async::awaitable<std::size_t> write_some(std::span<const std::byte> bytes) override { return peer_.write(bytes); }
    void close() noexcept override {
      peer_.closed_ = true;
      peer_.changed_.wake_all();
    }

    bool quiet() noexcept override {
      return !peer_.closed_ && peer_.taken_ == peer_.input_.size() && peer_.taken_ != peer_.end_;
    }

   private:
    Peer& peer_;
  };

  async::awaitable<std::size_t> read(std::span<std::byte> buffer) {
    for (;;) {
      if (closed_) throw Error(ErrorKind::transport, "closed");
      const std::size_t there = std::min(input_.size(), end_) - taken_;
      if (there > 0) {
        const std::size_t count = std::min({there, buffer.size(), max_read_});
        std::ranges::copy(as_bytes(input_).subspan(taken_, count), buffer.begin());
        taken_ += count;
        co_return count;
      }
      if (taken_ == end_) co_return 0;
      co_await changed_.wait();
    }
  }

  async::awaitable<std::size_t> write(std::span<const std::byte> bytes) {
    while (!closed_ && sent_.size() >= max_sent_) co_await changed_.wait();
    if (closed_) throw Error(ErrorKind::transport, "closed");
    const std::size_t count = std::min(bytes.size(), max_sent_ - sent_.size());
    sent_ += as_text(bytes.first(count));
    co_return count;
  }

  async::Event changed_;
  std::size_t max_read_;
  std::string input_;
  std::size_t taken_ = 0;
  std::size_t end_ = whole;
  std::string sent_;
  std::size_t max_sent_ = whole;
  bool closed_ = false;
};

}  // namespace acedt::testing
