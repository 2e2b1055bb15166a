#pragma once

#include <set>
#include <string>
#include <string_view>

#include "acedt/oci/digest.hpp"

namespace acedt::verify {

/// What is on the other side already, and need not be in the folder.
struct Assumed {
  std::set<std::string> archives = {};  ///< names of files; all that they have is there
  std::set<oci::Digest> digests = {};
};

/// Adds what `text` names; `file` is its name for messages. Known by its content:
/// - the record of batch-deserialize (`filename,artifact,timestamp`): its archives;
/// - a ledger: its archives and their content;
/// - a report of `mirror verify`: its archives that are complete;
/// - else a list of digests, one in a line; empty lines and lines that begin with '#' are skipped.
///
/// Throws Error(usage) "FILE:LINE: …" if it is none of these.
void assume(Assumed& assumed, std::string_view text, const std::string& file);

}  // namespace acedt::verify
