// Reads the entries of an archive: source → tar::Reader → Collector. In a plain file, the content of blobs is skipped.
// A pipe and a compressed file are decoded frame by frame, so that the frame of each blob is known.

#include "acedt/archive/contents.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "acedt/archive/reader.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/joined_file.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/tar/reader.hpp"
#include "archive/entry_name.hpp"

namespace acedt::archive {
namespace {

using Input = std::span<const std::byte>;
using Entry = tar::Reader::Entry;

constexpr std::size_t buffer_size = 256 << 10;
constexpr std::size_t first_read = 4 << 10;
constexpr Bytes max_index_size = 8_MiB;
constexpr Bytes max_layout_size = 64_KiB;
constexpr std::size_t max_warnings = 100;

void warn_of_skippable_frame(Input first_bytes, Contents& contents) {
  if (codec::is_skippable_frame(first_bytes))
    contents.warnings.emplace_back("starts with a skippable zstd frame, which the ace-dt written in Go cannot read");
}

bool is_all_zero(Input bytes) {
  return bytes.empty() ||
         (bytes.front() == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

/// Returns how many bytes of `source` follow the end-of-archive marker, which ends before `unused`; 0 if all are zero.
/// Stops reading at the first other byte, or when there are more zeros than pad a block of a tape.
template <class Source>
Bytes after_end(Source& source, Input unused) {
  constexpr Bytes max_padding = 16_MiB;
  Bytes size{unused.size()};
  bool is_padding = is_all_zero(unused);
  while (is_padding) {
    const Input more = source.next();
    if (more.empty()) return {};
    size += {more.size()};
    is_padding = is_all_zero(more) && size <= max_padding;
  }
  return size;
}

/// The bytes of a plain archive. Reads a little after a skip, and more as reading continues.
class PlainSource {
 public:
  PlainSource(const JoinedFile& file, Bytes size) : file_(file), size_(size), buffer_(buffer_size) {}

  /// Returns the next bytes; none at the end of the file.
  Input next() {
    const std::size_t n = file_.read_at(at_, std::span(buffer_).first(portion_));
    at_ += {n};
    portion_ = std::min(2 * portion_, buffer_size);
    return std::span(buffer_).first(n);
  }

  /// Skips `size` bytes, beginning with `unused`, which is the end of what next() returned. Returns what is left of
  /// `unused`; nullopt if the file ends first.
  std::optional<Input> skip(Input unused, Bytes size) {
    if (size.count <= unused.size()) return unused.subspan(size.count);
    at_ += size - Bytes{unused.size()};
    portion_ = first_read;
    if (at_ > size_) return std::nullopt;
    return Input();
  }

  tar::Location location(Bytes offset) const { return {offset.count, 0}; }

  bool is_cut() const { return false; }
  bool is_framed() const { return false; }
  Bytes read_bytes() const { return size_; }

 private:
  const JoinedFile& file_;
  Bytes size_;
  Bytes at_;  // the next byte to read
  std::size_t portion_ = first_read;
  std::vector<std::byte> buffer_;
};

/// The decoded bytes of a file or a pipe that is read in order.
class StreamSource {
 public:
  StreamSource(const ReadInput& read, Contents& contents)
      : read_(read), contents_(contents), input_(buffer_size), buffer_(buffer_size) {
    refill();
    contents_.compression = codec::sniff(input());
    warn_of_skippable_frame(input(), contents_);
    decoder_.emplace(contents_.compression);
  }

  Input next() {
    for (;;) {
      if (decoder_->at_boundary()) next_frame_ = read_bytes_ - undecoded_.size();
      const auto [consumed, produced] = decoder_->decode(undecoded_, buffer_);  // of one frame
      undecoded_ = undecoded_.subspan(consumed);
      if (produced > 0) return decoded(produced);
      if (consumed == 0 && !refill()) return {};
    }
  }

  std::optional<Input> skip(Input unused, Bytes size) {
    while (size.count > unused.size()) {
      size = size - Bytes{unused.size()};
      unused = next();
      if (unused.empty()) return std::nullopt;
    }
    return unused.subspan(size.count);
  }

  /// `offset` is in the bytes that next() returned last, or directly after them.
  tar::Location location(Bytes offset) const {
    if (is_plain()) return {offset.count, 0};
    return {frame_, (offset - frame_start_).count};
  }

  bool is_cut() const { return !decoder_->at_boundary(); }
  bool is_framed() const { return !is_plain() && largest_ <= max_frame; }
  Bytes read_bytes() const { return {read_bytes_}; }

 private:
  Input input() const { return undecoded_; }
  bool is_plain() const { return contents_.compression == codec::Compression::none; }

  /// Reads more if all was decoded. Returns false at the end of the file.
  bool refill() {
    const std::size_t n = read_(input_);
    read_bytes_ += n;
    undecoded_ = std::span(input_).first(n);
    return n > 0;
  }

  Input decoded(std::size_t size) {
    if (frame_ != next_frame_) {
      frame_ = next_frame_;
      frame_start_ = decoded_;
    }
    decoded_ += {size};
    largest_ = std::max(largest_, decoded_ - frame_start_);
    return std::span(buffer_).first(size);
  }

  const ReadInput& read_;
  Contents& contents_;
  std::vector<std::byte> input_;
  Input undecoded_;  // part of input_
  std::vector<std::byte> buffer_;
  std::optional<codec::Decoder> decoder_;
  std::uint64_t read_bytes_ = 0;  // with those that are not decoded yet
  std::uint64_t next_frame_ = 0;  // offset of the frame that is being decoded
  Bytes decoded_;                 // so far
  std::uint64_t frame_ = 0;       // of the byte that was decoded last: offset in the file
  Bytes frame_start_;             // and in the decoded bytes
  Bytes largest_;                 // size of a frame, decoded
};

/// Collects the Contents from the entries.
class Collector {
 public:
  Collector(Contents& contents, BlobSink* sink) : contents_(contents), sink_(sink) {}
  Collector(const Collector&) = delete;  // the set refers to the blobs
  Collector& operator=(const Collector&) = delete;

  /// Begins an entry. Returns whether its content is needed.
  bool begin(const Entry& entry, tar::Location location) {
    const std::string_view name = without_dot(entry.name);
    target_ = nullptr;
    blob_.reset();
    is_wanted_ = false;
    if (entry.type == tar::Reader::Type::directory) return false;
    if (entry.type != tar::Reader::Type::file) {
      warn(in_quotes(entry.name) + " is a link or a device: ignored");
    } else if (const auto digest = digest_in(name)) {
      blob_ = Found{*digest, entry.size, location};
      is_wanted_ = sink_ != nullptr && sink_->begin(*blob_);
      return is_wanted_;
    } else if (name == "index.json") {
      return want(entry, contents_.index_json, max_index_size);
    } else if (name == "oci-layout") {
      return want(entry, contents_.oci_layout, max_layout_size);
    } else if (name != "manifest.json") {
      warn("unknown entry " + in_quotes(entry.name) + ": ignored");
    }
    return false;
  }

  void data(Input bytes) {
    if (target_ != nullptr) text_ += as_text(bytes);
    if (is_wanted_) sink_->data(bytes);
  }

  void end() {
    if (target_ == &contents_.index_json && !std::exchange(has_index_, true)) contents_.first_index = text_;
    if (target_ != nullptr) *target_ = std::move(text_);
    if (is_wanted_) sink_->end();
    if (blob_) add(*blob_);
  }

  /// Returns true if there are more digests than fit in a file of `size`. Digests do not compress, so this bounds the
  /// memory for a small file that decodes to endless headers.
  bool has_too_many(Bytes size) const { return contents_.blobs.size() > 1000 + size.count / 32; }

  void problem(std::string text) { contents_.problems.push_back(std::move(text)); }

  /// The file ends before the archive does.
  void truncated(const std::string& where) {
    contents_.is_truncated = true;
    problem("truncated" + where);
  }

  void warn(std::string text) {
    if (contents_.warnings.size() < max_warnings) contents_.warnings.push_back(std::move(text));
  }

 private:
  bool want(const Entry& entry, std::string& target, Bytes limit) {
    text_.clear();
    if (entry.size > limit) {
      problem(in_quotes(entry.name) + " has " + human(entry.size) + ": more than " + human(limit) + " is not read");
      return false;
    }
    target_ = &target;
    return true;
  }

  void add(const Found& blob) {
    contents_.blobs.push_back(blob);
    if (known_.insert(contents_.blobs.size() - 1).second) return;
    contents_.blobs.pop_back();
    warn(blob.digest.blob_path() + " occurs again: only the first counts");
  }

  struct ByDigest {
    const std::vector<Found>* blobs;
    bool operator()(std::size_t a, std::size_t b) const { return (*blobs)[a].digest < (*blobs)[b].digest; }
  };

  Contents& contents_;
  std::set<std::size_t, ByDigest> known_{ByDigest{&contents_.blobs}};  // indexes of blobs
  std::string text_;                                                   // content of the current entry
  std::string* target_ = nullptr;                                      // where it goes
  std::optional<Found> blob_;                                          // the current entry
  BlobSink* sink_;
  bool is_wanted_ = false;  // the current entry, by the sink
  bool has_index_ = false;
};

/// Feeds the entries of `source` to `collector`. Returns true at the end-of-archive marker, with what is left of the
/// input in `input`; false if a problem was found before it.
template <class Source>
bool collect(Source& source, Collector& collector, Input& input) {
  tar::Reader tar;
  for (;;) {
    std::size_t used = 0;
    const tar::Reader::Step step = tar.feed(input, used);
    input = input.subspan(used);
    if (std::holds_alternative<tar::Reader::End>(step)) return true;
    if (const auto* bad = std::get_if<tar::Reader::Malformed>(&step)) {
      collector.problem(std::string("not a tar archive: ") + bad->why);
      return false;
    }
    if (std::holds_alternative<tar::Reader::NeedMore>(step)) {
      input = source.next();
      if (!input.empty()) continue;
      collector.truncated(": no end-of-archive marker");
      return false;
    }
    if (const auto* entry = std::get_if<Entry>(&step)) {
      if (input.empty()) input = source.next();  // a frame may start here
      if (!collector.begin(*entry, source.location(entry->offset))) {
        const std::optional<Input> left = source.skip(input, tar.skip_content());
        if (!left) {
          collector.truncated(" in " + in_quotes(entry->name));
          return false;
        }
        input = *left;
      }
    }
    if (const auto* data = std::get_if<tar::Reader::Data>(&step)) collector.data(data->bytes);
    if (std::holds_alternative<tar::Reader::EntryEnd>(step)) collector.end();
    if (collector.has_too_many(source.read_bytes())) {
      collector.problem("names more blobs than fit in a file of its size");
      return false;
    }
  }
}

template <class Source>
void read_from(Source& source, Contents& contents, BlobSink* sink) {
  Collector collector(contents, sink);
  Input input;
  try {
    if (collect(source, collector, input)) {
      contents.after_end = after_end(source, input);  // reads to the end of the file, where a checksum may be
      if (contents.after_end.count == 0 && source.is_cut()) collector.truncated(": the last frame is incomplete");
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    collector.problem(std::string("cannot be decoded: ") + error.what());
  }
  if (contents.after_end.count > 0) collector.warn("bytes after the end-of-archive marker: ignored");
  contents.is_framed = source.is_framed();
}

/// Warns if the extension of a file promises another compression than the content has.
void compare_extension(const std::filesystem::path& path, Contents& contents) {
  const std::string name = path.filename().string();
  using codec::Compression;
  for (const Compression other : {Compression::none, Compression::gzip, Compression::zstd}) {
    const std::string_view extension = codec::extension(other);
    if (name.ends_with(extension) && other != contents.compression)
      contents.warnings.push_back("ends in " + std::string(extension) + ", but its content is of the kind " +
                                  std::string(codec::extension(contents.compression)));
  }
}

bool is_plain(const JoinedFile& file) {
  std::array<std::byte, 4> first{};
  return codec::sniff(std::span(first).first(file.read_at({}, first))) == codec::Compression::none;
}

}  // namespace

bool looks_like_archive(const std::filesystem::path& path, const Disk& disk) {
  std::array<std::byte, 512> first{};
  const JoinedFile file = JoinedFile::open(path, disk);
  const auto bytes = std::span(first).first(file.read_at({}, first));
  constexpr std::size_t magic = 257;
  return codec::sniff(bytes) != codec::Compression::none ||
         as_text(bytes).substr(std::min(magic, bytes.size())).starts_with("ustar");
}

Contents read_stream(const ReadInput& read, BlobSink* sink) {
  Contents contents;
  StreamSource source(read, contents);
  read_from(source, contents, sink);
  contents.size = source.read_bytes();
  return contents;
}

Contents read_contents(const std::filesystem::path& path, const Disk& disk, BlobSink* sink) {
  const JoinedFile file = JoinedFile::open(path, disk);
  Contents contents;
  if (is_plain(file)) {
    if (sink == nullptr) file.disable_read_ahead();
    PlainSource source(file, file.size());
    read_from(source, contents, sink);
  } else {
    Bytes at;
    contents = read_stream(
        [&](std::span<std::byte> buffer) {
          const std::size_t n = file.read_at(at, buffer);
          at += {n};
          return n;
        },
        sink);
  }
  contents.size = file.size();
  if (contents.is_truncated) contents.missing_part = file.next_part();
  compare_extension(path, contents);
  return contents;
}

std::string read_blob(const std::filesystem::path& path, const Found& blob, const Disk& disk) {
  Reader reader(path, blob.location, disk);
  std::string text(blob.size.count, '\0');
  text.resize(reader.read(std::as_writable_bytes(std::span(text))));
  const oci::Digest digest = codec::digest_of(blob.digest.algorithm(), as_bytes(text));
  if (digest != blob.digest) throw Error(ErrorKind::corrupt, "has the digest " + digest.text());
  return text;
}

}  // namespace acedt::archive
