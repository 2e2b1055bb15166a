// A state machine over bytes: header → (extension → padding →)* header → content → padding → header … Headers and
// extension headers are collected until they are complete; content is passed through. Only path and size of extension
// headers matter here, but anything that would change the meaning of content (sparse files, wrong lengths) makes the
// archive malformed.

#include "acedt/tar/reader.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "acedt/base/text.hpp"
#include "tar/ustar.hpp"

namespace acedt::tar {
namespace {

constexpr const char* sparse = "sparse file: not supported";
constexpr std::uint64_t max_extension = (1_MiB).count;
constexpr std::uint64_t max_size = std::numeric_limits<std::int64_t>::max();

/// Returns the text before the first NUL.
std::string_view text_of(std::span<const char> field) {
  const std::string_view text(field.data(), field.size());
  return text.substr(0, text.find('\0'));
}

/// Parses GNU's form of large numbers: big-endian, after a first bit of 1. Returns nullopt if it does not fit 63 bits
/// or is negative (second bit 1).
std::optional<std::uint64_t> base_256(std::span<const char> field) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (value > max_size >> 8) return std::nullopt;
    value = (value << 8) | static_cast<unsigned char>(field[i] & (i == 0 ? 0x7f : 0xff));
  }
  return value;
}

/// Parses a numeric field: octal digits between blanks and NULs, or GNU's form of large numbers.
std::optional<std::uint64_t> number(std::span<const char> field) {
  if (field.front() & 0x80) return base_256(field);
  const std::string_view digits = trim(text_of(field));
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '7') return std::nullopt;
    value = (value << 3) | static_cast<unsigned>(c - '0');
  }
  return value;
}

/// Accepts the sum of unsigned and of signed bytes.
bool checksum_is_right(const Ustar& header) {
  const std::optional<std::uint64_t> stored = number(header.checksum);
  return stored && (checksum_of<unsigned char>(header) == static_cast<std::int64_t>(*stored) ||
                    checksum_of<signed char>(header) == static_cast<std::int64_t>(*stored));
}

/// Returns the full name: prefix and name, if the header is POSIX ustar.
std::string name_of(const Ustar& header) {
  const std::string name(text_of(header.name));
  // GNU's magic is "ustar  "; it uses the bytes of the prefix for other fields.
  const bool posix = text_of(header.magic) == "ustar";
  const std::string prefix(posix ? text_of(header.prefix) : "");
  return prefix.empty() ? name : prefix + "/" + name;
}

Reader::Type type_of(const Ustar& header, std::string_view name) {
  switch (header.type) {
    case '5': return Reader::Type::directory;
    case '\0': return name.ends_with('/') ? Reader::Type::directory : Reader::Type::file;  // the format before ustar
    case '0':
    case '7': return Reader::Type::file;
    default: return Reader::Type::other;
  }
}

/// Returns whether content follows. Links, devices, directories and pipes have none, whatever their size field says.
bool has_content(const Ustar& header, Reader::Type type) {
  return type != Reader::Type::directory && (header.type < '1' || header.type > '6');
}

}  // namespace

Reader::Step Reader::feed(std::span<const std::byte> input, std::size_t& used) {
  used = 0;
  for (;;) {
    if (stage_ == Stage::ended) return End{};
    if (stage_ == Stage::malformed) return Malformed{why_};
    if (stage_ == Stage::content && left_ == 0) {
      collect(Stage::padding, padding(content_size_).count);
      return EntryEnd{};
    }
    const auto piece = input.subspan(used).first(std::min<std::uint64_t>(left_, input.size() - used));
    used += piece.size();
    left_ -= piece.size();
    offset_ += {piece.size()};
    if (stage_ == Stage::content && !piece.empty()) return Data{piece};
    if (stage_ == Stage::header || stage_ == Stage::extension) collected_ += as_text(piece);
    if (left_ > 0) return NeedMore{};
    if (const std::optional<Step> step = read_collected()) return *step;
  }
}

Bytes Reader::skip_content() {
  if (stage_ != Stage::content) return {};
  offset_ += {left_};
  return {std::exchange(left_, 0)};
}

void Reader::collect(Stage stage, std::uint64_t size) {
  stage_ = stage;
  left_ = size;
  collected_.clear();
}

/// Evaluates a complete header or extension header. Returns nullopt if it yields no step.
std::optional<Reader::Step> Reader::read_collected() {
  if (stage_ == Stage::header) return read_header();
  if (stage_ == Stage::extension) return read_extension();
  collect(Stage::header, block.count);  // the padding is over
  return std::nullopt;
}

std::optional<Reader::Step> Reader::read_header() {
  if (collected_.find_first_not_of('\0') == collected_.npos) {
    if (zero_block_) {
      stage_ = Stage::ended;
      return End{};
    }
    zero_block_ = true;
    collect(Stage::header, block.count);
    return std::nullopt;
  }
  if (zero_block_) return fail("single block of zeros between entries");

  Ustar header;
  std::memcpy(&header, collected_.data(), sizeof header);
  if (!checksum_is_right(header)) return fail("not a tar header: wrong checksum");
  const std::optional<std::uint64_t> size = number(header.size);
  if (!size) return fail("header whose size is not a number");

  switch (header.type) {
    case 'x':  // PAX, for the next entry
    case 'g':  // PAX, for all later entries
    case 'L':  // GNU, long name
    case 'K':  // GNU, long link target
      if (*size > max_extension) return fail("PAX or GNU header over 1 MiB");
      extension_ = header.type;
      content_size_ = {*size};
      collect(Stage::extension, *size);
      return std::nullopt;
    case 'S': return fail(sparse);
    default: return read_entry(header, *size);
  }
}

Reader::Entry Reader::read_entry(const Ustar& header, std::uint64_t size) {
  Entry entry;
  entry.name = std::exchange(path_, std::nullopt).value_or(name_of(header));
  entry.type = type_of(header, entry.name);
  size = std::exchange(size_, std::nullopt).value_or(size);
  entry.size = {has_content(header, entry.type) ? size : 0};
  entry.offset = offset_;

  content_size_ = entry.size;
  collect(Stage::content, content_size_.count);
  return entry;
}

std::optional<Reader::Step> Reader::read_extension() {
  if (extension_ == 'L') path_ = text_of(collected_);
  if (extension_ == 'x') {
    if (const char* why = read_records(collected_)) return fail(why);
  }
  collect(Stage::padding, padding(content_size_).count);
  return std::nullopt;
}

/// Takes path and size from "LENGTH KEY=VALUE\n" records. Returns what is wrong with a record, or null.
const char* Reader::read_records(std::string_view records) {
  while (!records.empty()) {
    const std::size_t blank = records.find(' ');
    const std::optional<std::uint64_t> length = to_number(records.substr(0, blank));
    if (blank == records.npos || !length || *length > records.size() || *length < blank + 2)
      return "PAX record with a wrong length";
    const std::string_view record = records.substr(0, *length);
    records = records.substr(*length);
    if (!record.ends_with('\n')) return "PAX record without a final line feed";

    const std::string_view text = record.substr(blank + 1, record.size() - blank - 2);
    const std::size_t equals = text.find('=');
    if (equals == text.npos || equals == 0) return "PAX record without a key";
    const std::string_view key = text.substr(0, equals);
    const std::string_view value = text.substr(equals + 1);
    if (key.starts_with("GNU.sparse.")) return sparse;
    if (key == "path") {
      if (value.find('\0') != value.npos) return "PAX path that contains a NUL";
      path_ = value;
      if (value.empty()) path_.reset();  // an empty value cancels an earlier one
    }
    if (key == "size") {
      size_ = to_number(value);
      if (!value.empty() && (!size_ || *size_ > max_size)) return "PAX size that is not a number";
    }
  }
  return nullptr;
}

Reader::Malformed Reader::fail(const char* why) {
  stage_ = Stage::malformed;
  why_ = why;
  return {why};
}

}  // namespace acedt::tar
