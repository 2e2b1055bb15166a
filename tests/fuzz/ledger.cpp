// The ledger and the journal: the same entries, whole or in pieces; what is read is written so that it reads the same.

#include "acedt/sync/ledger.hpp"
#include "fuzz/input.hpp"
#include "sync/journal.hpp"

namespace acedt::fuzz {
namespace {

std::vector<sync::LedgerEntry> entries_of(std::string_view text, std::size_t piece) {
  sync::LedgerParser parser("ledger");
  std::vector<sync::LedgerEntry> entries;
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size()))) {
    parser.feed(rest.substr(0, piece));
    while (auto entry = parser.next()) entries.push_back(std::move(*entry));
    must(parser.whole().count <= text.size());
  }
  return entries;
}

}  // namespace
}  // namespace acedt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acedt;
  return fuzz::with_text(data, size, [](std::string_view input) {
    if (const auto journal = sync::parse_journal(input, "commit"))
      fuzz::must(sync::parse_journal(sync::journal_text(*journal), "commit").has_value());
    const auto entries = fuzz::entries_of(input, input.size());
    fuzz::must(fuzz::entries_of(input, 1 + input.size() / 3) == entries);
    std::string text(sync::ledger_header);
    for (const sync::LedgerEntry& entry : entries) text += sync::ledger_lines(entry);
    fuzz::must(fuzz::entries_of(text, text.size()) == entries);
  });
}
