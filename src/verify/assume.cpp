#include "acedt/verify/assume.hpp"

#include <simdjson.h>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/sync/csv.hpp"
#include "acedt/sync/ledger.hpp"

namespace acedt::verify {
namespace {

constexpr std::string_view kinds =
    "want successful-syncs.csv, a ledger, a report of mirror verify, or a list of digests, one per line";

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::usage, what).add(where).hint(std::string(kinds));
}

void assume_record(Assumed& assumed, std::string_view text, const std::string& file) {
  sync::CsvReader reader(text, file, {.comments = sync::Comments::whole_lines});
  reader.next();  // the header
  while (const auto record = reader.next()) assumed.archives.insert(record->fields.front());
}

void assume_ledger(Assumed& assumed, std::string_view text, const std::string& file) {
  sync::LedgerParser parser(file);
  parser.feed(text);
  while (const auto entry = parser.next()) {
    assumed.archives.insert(entry->archive);
    for (const sync::StoredBlob& blob : entry->blobs) assumed.digests.insert(blob.digest);
  }
}

void assume_report(Assumed& assumed, std::string_view text, const std::string& file) {
  simdjson::dom::parser parser;
  simdjson::dom::array archives;
  if (parser.parse(text.data(), text.size())["archives"].get(archives) != simdjson::SUCCESS)
    refuse(file, "this JSON is not a report of mirror verify");
  for (const simdjson::dom::element archive : archives) {
    std::string_view name;
    std::string_view state;
    if (archive["file"].get(name) != simdjson::SUCCESS || archive["state"].get(state) != simdjson::SUCCESS)
      refuse(file, "this JSON is not a report of mirror verify");
    if (state == "complete") assumed.archives.emplace(name);
  }
}

void assume_digests(Assumed& assumed, std::string_view text, const std::string& file) {
  std::size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    line = trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    try {
      assumed.digests.insert(oci::Digest::parse(line));
    } catch (const Error& error) {
      refuse(file + ":" + std::to_string(number), error.what());
    }
  }
}

}  // namespace

void assume(Assumed& assumed, std::string_view text, const std::string& file) {
  const std::string_view content = trim(text);
  if (content.starts_with("ace-dt ledger ")) return assume_ledger(assumed, text, file);
  if (content.starts_with('{')) return assume_report(assumed, text, file);
  if (content.starts_with("filename,")) return assume_record(assumed, text, file);
  return assume_digests(assumed, text, file);
}

}  // namespace acedt::verify
