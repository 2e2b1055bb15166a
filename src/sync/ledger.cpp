// The ledger is append-only text. A crash can only cut its end, so the parser stops at the first entry that is
// not complete, and reports how far the file is good: the next append goes there. A ledger may have millions of lines,
// so it is parsed in pieces, and callers keep offsets of entries, not entries.

#include "acedt/sync/ledger.hpp"

#include <optional>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::sync {
namespace {

constexpr std::string_view any_version = "ace-dt ledger ";

std::optional<StoredBlob> parse_blob(std::string_view line) {
  const auto digest = take_until(line, ' ');
  const auto size = take_number(line);
  const auto frame = take_number(line);
  const auto skip = to_number(line);
  if (!digest || !size || !frame || !skip) return std::nullopt;
  try {
    return StoredBlob{
        .digest = oci::Digest::parse(*digest), .size = {*size}, .location = {.frame = *frame, .skip = *skip}};
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Removes an entry from the front of `text` and returns it; unset if it is not complete.
std::optional<LedgerEntry> take_entry(std::string_view& text) {
  auto line = take_until(text, '\n');
  if (!line || !take(*line, "archive ")) return std::nullopt;
  const auto file_size = take_number(*line);
  const auto archive = take_quoted(*line);
  if (!file_size || !archive || !line->empty()) return std::nullopt;
  LedgerEntry entry{.archive = *archive, .file_size = {*file_size}, .blobs = {}};
  line = take_until(text, '\n');
  if (line && take(*line, "made ")) {
    const auto digest = take_until(*line, ' ');
    auto artifact = take_quoted(*line);
    if (!digest || !artifact || !line->empty()) return std::nullopt;
    entry.origin = {.artifact = *std::move(artifact), .digest = std::string(*digest)};
    for (line = take_until(text, '\n'); line && take(*line, "needs "); line = take_until(text, '\n')) {
      auto needed = take_quoted(*line);
      if (!needed || !line->empty()) return std::nullopt;
      entry.origin->needs.push_back(*std::move(needed));
    }
    if (line && take(*line, "platforms ")) {
      auto platforms = take_quoted(*line);
      if (!platforms || !line->empty()) return std::nullopt;
      entry.origin->platforms = *std::move(platforms);
      line = take_until(text, '\n');
    }
  }
  for (; line && take(*line, "blob "); line = take_until(text, '\n')) {
    auto blob = parse_blob(*line);
    if (!blob) return std::nullopt;
    entry.blobs.push_back(*blob);
  }
  if (!line || !take(*line, "end ") || to_number(*line) != entry.blobs.size()) return std::nullopt;
  return entry;
}

bool has_known_header(std::string_view text) {
  return text.starts_with(ledger_header) || text.starts_with(ledger_header_2) || text.starts_with(ledger_header_1);
}

void refuse_other_version(std::string_view text, std::string_view file) {
  const auto first_line = has_known_header(text) ? std::nullopt : take_until(text, '\n');
  if (first_line && first_line->starts_with(any_version))
    throw Error(ErrorKind::bad_input, "version " + in_quotes(first_line->substr(any_version.size())) +
                                          " of the ledger is unknown: only 1 to 3 are known")
        .add(file)
        .hint("use the newer ace-dt that wrote it, or delete the file: it is rebuilt from the archives");
}

}  // namespace

std::string ledger_lines(const LedgerEntry& entry) {
  std::string lines = "archive " + std::to_string(entry.file_size.count) + ' ' + in_quotes(entry.archive) + '\n';
  if (entry.origin) {
    lines.append("made ")
        .append(entry.origin->digest)
        .append(" ")
        .append(in_quotes(entry.origin->artifact))
        .append("\n");
    for (const std::string& needed : entry.origin->needs) lines.append("needs ").append(in_quotes(needed)).append("\n");
    const std::string& platforms = entry.origin->platforms;
    if (!platforms.empty()) lines.append("platforms ").append(in_quotes(platforms)).append("\n");
  }
  for (const StoredBlob& blob : entry.blobs) {
    lines.append("blob ").append(blob.digest.text());
    for (const std::uint64_t number : {blob.size.count, blob.location.frame, blob.location.skip})
      lines.append(" ").append(std::to_string(number));
    lines += '\n';
  }
  lines.append("end ").append(std::to_string(entry.blobs.size())).append("\n");
  return lines;
}

void LedgerParser::feed(std::string_view text) {
  text_.erase(0, whole_.count - before_.count);
  before_ = whole_;
  text_ += text;
}

std::optional<LedgerEntry> LedgerParser::next() {
  std::string_view rest = std::string_view(text_).substr(whole_.count - before_.count);
  const std::size_t size = rest.size();
  if (whole_ == Bytes{}) {
    refuse_other_version(rest, file_);
    if (!has_known_header(rest)) return std::nullopt;
    rest.remove_prefix(ledger_header.size());
    whole_ = {ledger_header.size()};
  }
  const std::size_t of_header = size - rest.size();
  std::optional<LedgerEntry> entry = take_entry(rest);
  if (entry) whole_ += {size - of_header - rest.size()};
  return entry;
}

}  // namespace acedt::sync
