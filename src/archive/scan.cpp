// Finds the content of an archive that the ledger does not know: file → Reader (decodes) → tar::Reader (entries) →
// Scanner (hashes). Blobs count up to the first damage; in a compressed archive their location is "the whole file, then
// skip", as frame boundaries are not known.

#include "acedt/archive/scan.hpp"

#include <optional>
#include <variant>

#include "acedt/archive/reader.hpp"
#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/tar/reader.hpp"
#include "archive/entry_name.hpp"

namespace acedt::archive {

std::optional<oci::Digest> digest_in(std::string_view name) {
  const auto parts = split(without_dot(name), '/');
  if (parts.size() != 3 || parts[0] != "blobs") return std::nullopt;
  try {
    return oci::Digest::parse(std::string(parts[1]) + ":" + std::string(parts[2]));
  } catch (const Error&) {
    return std::nullopt;
  }
}

namespace {

constexpr std::size_t buffer_size = 1 << 20;
constexpr Bytes max_index_size = 8_MiB;

/// Evaluates the steps of a tar reader: hashes each blob, and collects the verified ones.
class Scanner {
 public:
  explicit Scanner(bool plain) : plain_(plain) {}

  /// Returns false at the end of the archive.
  bool take(const tar::Reader::Step& step) {
    if (const auto* entry = std::get_if<tar::Reader::Entry>(&step)) begin(*entry);
    if (const auto* data = std::get_if<tar::Reader::Data>(&step)) {
      if (hasher_) hasher_->update(data->bytes);
      if (is_index_) scan_.index_json += as_text(data->bytes);
    }
    if (std::holds_alternative<tar::Reader::EntryEnd>(step)) end();
    if (const auto* bad = std::get_if<tar::Reader::Malformed>(&step)) {
      scan_.problems.push_back(std::string("not a tar archive: ") + bad->why);
      return false;
    }
    return !std::holds_alternative<tar::Reader::End>(step);
  }

  void damaged(const Error& error) { scan_.problems.push_back(std::string("cannot be decoded: ") + error.what()); }

  /// The first index.json was read to its end.
  bool has_index() const { return has_index_; }

  Scan finish(bool ended) {
    if (!ended) scan_.problems.emplace_back("truncated: no end-of-archive marker");
    return std::move(scan_);
  }

 private:
  void begin(const tar::Reader::Entry& entry) {
    const bool is_file = entry.type == tar::Reader::Type::file;
    is_index_ = is_file && without_dot(entry.name) == "index.json" && entry.size <= max_index_size;
    if (is_index_) scan_.index_json.clear();
    digest_ = is_file ? digest_in(entry.name) : std::nullopt;
    if (!digest_) {
      hasher_.reset();
      return;
    }
    hasher_.emplace(digest_->algorithm());
    size_ = entry.size;
    location_ = plain_ ? tar::Location{entry.offset.count, 0} : tar::Location{0, entry.offset.count};
  }

  void end() {
    has_index_ = has_index_ || is_index_;
    if (!hasher_) return;
    const oci::Digest got = hasher_->finish();
    if (got == *digest_) {
      scan_.contents.push_back({*digest_, size_, location_});
    } else {
      scan_.problems.push_back(digest_->blob_path() + " has the digest " + got.text());
    }
    hasher_.reset();
  }

  bool plain_;
  bool is_index_ = false;  // the current entry
  bool has_index_ = false;
  std::optional<oci::Digest> digest_;  // of the current entry
  std::optional<codec::Hasher> hasher_;
  Bytes size_{0};
  tar::Location location_;
  Scan scan_;
};

/// Feeds the archive at `path` to `take`, step by step, until that returns false or the file ends. Returns false if it
/// ended. Throws Error(corrupt) on bytes that cannot be decoded.
template <class Take>
bool each_step(Reader& file, Take take) {
  tar::Reader tar;
  std::vector<std::byte> buffer(buffer_size);
  for (;;) {
    auto input = std::span<const std::byte>(buffer).first(file.read(buffer));
    if (input.empty()) return false;
    while (!input.empty()) {
      std::size_t used = 0;
      if (!take(tar.feed(input, used))) return true;
      input = input.subspan(used);
    }
  }
}

}  // namespace

Scan scan(const std::filesystem::path& path, const Disk& disk) {
  std::optional<Reader> opened;
  try {
    opened.emplace(path, tar::Location{}, disk);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return {.problems = {error.what()}};  // a part is missing
  }
  Reader& file = *opened;
  Scanner scanner(file.compression() == codec::Compression::none);
  bool has_ended = false;
  try {
    has_ended = each_step(file, [&](const tar::Reader::Step& step) { return scanner.take(step); });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    scanner.damaged(error);  // the content before the damage counts
    has_ended = true;
  }
  return scanner.finish(has_ended);
}

std::string read_index(const std::filesystem::path& path, const Disk& disk) {
  Reader file(path, {}, disk);
  Scanner scanner(file.compression() == codec::Compression::none);
  try {
    each_step(file, [&](const tar::Reader::Step& step) { return scanner.take(step) && !scanner.has_index(); });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
  }
  return scanner.finish(true).index_json;
}

}  // namespace acedt::archive
