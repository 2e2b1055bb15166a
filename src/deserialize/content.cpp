// There are three kinds of sources: a range of a plain archive, read with pread; a blob of a compressed archive,
// decoded from the start of its frame; and bytes in memory, for small blobs that were decoded together.

#include "deserialize/content.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::deserialize {
namespace {

constexpr std::size_t piece_size = 256 << 10;

Error cut(const std::filesystem::path& path, const archive::Found& blob) {
  return Error(ErrorKind::corrupt, path.string() + ": ends within " + blob.digest.blob_path())
      .hint("copy the archive again from where it was made; check it there with `ace-dt mirror verify --full`");
}

class PlainSource final : public registry::BlobSource {
 public:
  PlainSource(std::shared_ptr<const JoinedFile> file, const archive::Found& blob)
      : file_(std::move(file)), blob_(blob), buffer_(piece_size) {}

  async::awaitable<void> start(Bytes offset) override {
    at_ = offset;
    co_return;
  }
  async::awaitable<std::span<const std::byte>> read() override {
    const std::size_t size = std::min<std::uint64_t>(buffer_.size(), (blob_.size - at_).count);
    const std::span<std::byte> piece = std::span(buffer_).first(size);
    if (file_->read_at(Bytes{blob_.location.frame} + at_, piece) < size) throw cut(file_->path(), blob_);
    at_ += Bytes{size};
    co_return piece;
  }

 private:
  std::shared_ptr<const JoinedFile> file_;
  archive::Found blob_;
  Bytes at_ = {};
  std::vector<std::byte> buffer_;
};

class DecodedSource final : public registry::BlobSource {
 public:
  DecodedSource(const archive::Found& blob, std::shared_ptr<Cursor> cursor)
      : blob_(blob), cursor_(std::move(cursor)), buffer_(piece_size) {}

  async::awaitable<void> start(Bytes offset) override {
    cursor_->seek(blob_.location, offset);
    at_ = offset;
    co_return;
  }
  async::awaitable<std::span<const std::byte>> read() override {
    const std::size_t size = std::min<std::uint64_t>(buffer_.size(), (blob_.size - at_).count);
    const std::span<std::byte> piece = std::span(buffer_).first(size);
    if (cursor_->read(piece) < size) throw cut(cursor_->path(), blob_);
    at_ += Bytes{size};
    co_return piece;
  }

 private:
  archive::Found blob_;
  std::shared_ptr<Cursor> cursor_;
  Bytes at_ = {};
  std::vector<std::byte> buffer_;
};

class HeldSource final : public registry::BlobSource {
 public:
  explicit HeldSource(std::string bytes) : bytes_(std::move(bytes)) {}

  async::awaitable<void> start(Bytes offset) override {
    rest_ = as_bytes(bytes_).subspan(offset.count);
    co_return;
  }
  async::awaitable<std::span<const std::byte>> read() override { co_return std::exchange(rest_, {}); }

 private:
  std::string bytes_;
  std::span<const std::byte> rest_;
};

}  // namespace

void Cursor::seek(tar::Location location, Bytes offset) {
  const std::uint64_t to = location.skip + offset.count;
  if (!reader_ || frame_ != location.frame || at_ > to) {
    reader_.emplace(path_, tar::Location{location.frame, 0}, disk_);
    frame_ = location.frame;
    at_ = 0;
  }
  std::vector<std::byte> dropped(std::min<std::uint64_t>(to - at_, piece_size));
  while (at_ < to) {
    const std::size_t size = std::min<std::uint64_t>(to - at_, dropped.size());
    if (read(std::span(dropped).first(size)) < size) return;  // the archive ends here: the next read() is short as well
  }
}

std::size_t Cursor::read(std::span<std::byte> buffer) {
  const std::size_t size = reader_->read(buffer);
  at_ += size;
  return size;
}

Content::Content(const std::filesystem::path& path, codec::Compression compression, const Disk& disk)
    : file_(std::make_shared<const JoinedFile>(JoinedFile::open(path, disk))),
      compression_(compression),
      disk_(&disk) {}

std::unique_ptr<registry::BlobSource> Content::source(const archive::Found& blob) const {
  if (compression_ == codec::Compression::none) return std::make_unique<PlainSource>(file_, blob);
  return source(blob, cursor());
}

std::unique_ptr<registry::BlobSource> Content::source(const archive::Found& blob, std::shared_ptr<Cursor> cursor) {
  return std::make_unique<DecodedSource>(blob, std::move(cursor));
}

std::unique_ptr<registry::BlobSource> Content::source(std::string bytes) {
  return std::make_unique<HeldSource>(std::move(bytes));
}

std::string read_whole(const archive::Found& blob, Cursor& cursor) {
  cursor.seek(blob.location, {});
  std::string bytes(blob.size.count, '\0');
  bytes.resize(cursor.read(std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

}  // namespace acedt::deserialize
