#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "acedt/archive/reader.hpp"
#include "acedt/archive/scan.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/codec/compression.hpp"
#include "acedt/registry/push.hpp"

namespace acedt::deserialize {

/// Reads the decoded bytes of a compressed archive, forward from one blob to the next. To go back, it decodes the frame
/// again from its start.
class Cursor {
 public:
  Cursor(std::filesystem::path path, const Disk& disk) : path_(std::move(path)), disk_(disk) {}

  const std::filesystem::path& path() const noexcept { return path_; }
  /// Moves to `offset` bytes after `location`. Blocks. Throws as archive::Reader does.
  void seek(tar::Location location, Bytes offset);
  /// Returns the number of bytes read into `buffer`; fewer than its size only at the end of the archive. Blocks.
  std::size_t read(std::span<std::byte> buffer);

 private:
  std::filesystem::path path_;
  const Disk& disk_;
  std::optional<archive::Reader> reader_;
  std::uint64_t frame_ = 0;  // where reader_ started
  std::uint64_t at_ = 0;     // decoded bytes after that
};

/// An archive whose content is pushed. Blobs are read on the threads of the connections: reading takes less time than
/// hashing and sending. Any thread.
class Content {
 public:
  /// Opens the archive. Throws as JoinedFile::open().
  Content(const std::filesystem::path& path, codec::Compression compression, const Disk& disk = Disk::real());

  /// Returns a source of one blob. It is independent of other sources, and may outlive this.
  std::unique_ptr<registry::BlobSource> source(const archive::Found& blob) const;
  /// Returns a source that reads through `cursor`, which must have no other user at the time.
  static std::unique_ptr<registry::BlobSource> source(const archive::Found& blob, std::shared_ptr<Cursor> cursor);
  /// Returns a source of bytes in memory.
  static std::unique_ptr<registry::BlobSource> source(std::string bytes);
  /// Returns a cursor at the start of the archive.
  std::shared_ptr<Cursor> cursor() const { return std::make_shared<Cursor>(file_->path(), *disk_); }

 private:
  std::shared_ptr<const JoinedFile> file_;
  codec::Compression compression_;
  const Disk* disk_;
};

/// Returns all bytes of `blob`, which must be small. Does not verify them. Blocks. Throws Error(corrupt) if the archive
/// ends first, and as archive::Reader does.
std::string read_whole(const archive::Found& blob, Cursor& cursor);

}  // namespace acedt::deserialize
