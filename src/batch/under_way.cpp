#include "batch/under_way.hpp"

#include <utility>

namespace acedt::batch {

sync::FinishedArchive UnderWay::finished() const {
  sync::FinishedArchive result{
      {file, artifact.row.artifact, artifact.root.digest.text()}, {file, writer->file_size()}, partial};
  result.stored.origin = {artifact.row.artifact, artifact.root.digest.text(), needs};
  if (const auto& lost = artifact.row.lost) {
    result.replaces = lost->is_there;
    result.is_tracked = lost->is_tracked;
  }
  for (const plan::Placed& content : contents) {
    result.stored.blobs.push_back({content.digest, content.size, writer->place(content.offset)});
  }
  return result;
}

async::awaitable<void> Line::room(std::uint64_t row) {
  while (archives_.size() >= limit_ && row < failed_row_) co_await changed_.wait();
}

void Line::push(std::shared_ptr<UnderWay> archive) {
  archives_.push_back(std::move(archive));
  changed();
}

void Line::fail(std::uint64_t row, std::exception_ptr failure) {
  if (row >= failed_row_) return;
  failed_row_ = row;
  failure_ = std::move(failure);
  changed();
}

void Line::close() {
  closed_ = true;
  changed();
}

void Line::part_done(UnderWay& archive) {
  if (--archive.parts_left > 0) return;
  ++written_;
  changed();
}

void Line::changed() {
  changed_.wake_all();
  if (has_gathered()) gathering_.cancel();
}

bool Line::first_is_written() const {
  return !archives_.empty() && archives_.front()->row < failed_row_ && archives_.front()->parts_left == 0;
}

bool Line::has_gathered() const {
  return failure_ || written_ >= most_taken() || (closed_ && written_ == archives_.size());
}

async::awaitable<void> Line::gather(std::chrono::steady_clock::duration patience) {
  if (has_gathered()) co_return;
  gathering_.expires_after(patience);
  co_await gathering_.async_wait(async::as_value);
}

async::awaitable<std::vector<std::shared_ptr<UnderWay>>> Line::take_written() {
  while (!first_is_written()) {
    const bool none_left = closed_ && (archives_.empty() || archives_.front()->row >= failed_row_);
    if (none_left && failure_) std::rethrow_exception(failure_);
    if (none_left) break;
    co_await changed_.wait();
  }
  std::vector<std::shared_ptr<UnderWay>> written;
  while (written.size() < most_taken() && first_is_written()) {
    written.push_back(std::move(archives_.front()));
    archives_.pop_front();
  }
  written_ -= written.size();
  changed();
  co_return written;
}

}  // namespace acedt::batch
