#pragma once

#include <set>
#include <string>
#include <string_view>

#include "acedt/oci/digest.hpp"

namespace acedt::verify {

/// What the other side already has, and the folder therefore may lack.
struct Assumed {
  std::set<std::string> archives = {};  ///< file names; all their content counts as present
  std::set<oci::Digest> digests = {};
};

/// Adds what `text` names to `assumed`. `file` is its name for messages. The kind of text is recognized by its content:
/// - the record of batch-deserialize (`filename,artifact,timestamp`): adds its archives;
/// - a ledger: adds its archives and their content;
/// - a report of `mirror verify`: adds its archives that are complete;
/// - anything else is a list of digests, one per line. Empty lines and lines that begin with '#' are skipped.
///
/// Throws Error(usage) if the text is malformed; the message begins with the file and, except for a report, the line.
/// Throws Error(bad_input) if it is a ledger of an unknown version.
void assume(Assumed& assumed, std::string_view text, const std::string& file);

}  // namespace acedt::verify
