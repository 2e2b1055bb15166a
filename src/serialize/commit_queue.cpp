#include "serialize/commit_queue.hpp"

#include <utility>

namespace acedt::serialize {

sync::FinishedArchive PendingArchive::finished() const {
  sync::FinishedArchive result{
      {file, artifact.row.artifact, artifact.root.digest.text()}, {file, writer->file_size()}, partial};
  result.stored.origin = {artifact.row.artifact, artifact.root.digest.text(), needs};
  if (const auto& lost = artifact.row.lost) {
    result.replaces = lost->is_there;
    result.is_tracked = lost->is_tracked;
  }
  for (const plan::PlacedContent& content : contents) {
    result.stored.blobs.push_back({content.digest, content.size, writer->location(content.offset)});
  }
  return result;
}

CommitQueue::CommitQueue(const async::Executor& control, std::size_t limit, RowResults& results)
    : limit_(limit), results_(results), changed_(control), gathering_(control) {
  results_.when_failed([this](std::uint64_t) { changed(); });
}

async::awaitable<void> CommitQueue::room(std::uint64_t row) {
  while (archives_.size() >= limit_ && row < results_.failed_row()) co_await changed_.wait();
}

void CommitQueue::push(std::shared_ptr<PendingArchive> archive) {
  archives_.push_back(std::move(archive));
  changed();
}

void CommitQueue::close() {
  closed_ = true;
  changed();
}

void CommitQueue::part_done(PendingArchive& archive) {
  if (--archive.parts_left > 0) return;
  ++written_;
  changed();
}

void CommitQueue::changed() {
  changed_.wake_all();
  if (has_gathered()) gathering_.cancel();
}

bool CommitQueue::first_is_written() const {
  return !archives_.empty() && archives_.front()->row < results_.failed_row() && archives_.front()->parts_left == 0;
}

bool CommitQueue::has_gathered() const {
  return results_.failure() || written_ >= max_taken() || (closed_ && written_ == archives_.size());
}

async::awaitable<void> CommitQueue::gather(std::chrono::steady_clock::duration max_wait) {
  if (has_gathered()) co_return;
  gathering_.expires_after(max_wait);
  co_await gathering_.async_wait(async::as_value);
}

async::awaitable<std::vector<std::shared_ptr<PendingArchive>>> CommitQueue::take_written() {
  while (!first_is_written()) {
    const bool none_left = closed_ && (archives_.empty() || archives_.front()->row >= results_.failed_row());
    if (none_left && results_.failure()) std::rethrow_exception(results_.failure());
    if (none_left) break;
    co_await changed_.wait();
  }
  std::vector<std::shared_ptr<PendingArchive>> written;
  while (written.size() < max_taken() && first_is_written()) {
    written.push_back(std::move(archives_.front()));
    archives_.pop_front();
  }
  written_ -= written.size();
  changed();
  co_return written;
}

}  // namespace acedt::serialize
