#pragma once

#include <string>
#include <string_view>

#include "acedt/verify/verify.hpp"

namespace acedt::verify {

/// Returns a finding as one line for people, without a newline: severity, archive, subject, what, remedy. It may
/// contain control characters from the archive: pass it through ui::printable().
std::string line_of(const Finding& finding);

/// Returns the last line for people, without a newline: the numbers of archives, manifests, blobs and bytes, and
/// whether every byte was checked. Begins with the shard, if there is one.
std::string summary_of(const Result& result);

/// Returns the report as JSON (docs/verify.schema.json). The text does not depend on where the folder is. `version` is
/// the version of the program.
std::string report_of(const Result& result, std::string_view version);

/// Returns the severity of the severest finding; note if there is none.
Severity severest(const Result& result);

}  // namespace acedt::verify
