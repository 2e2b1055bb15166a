#pragma once

#include <string>
#include <string_view>

#include "acedt/verify/verify.hpp"

namespace acedt::verify {

/// Returns a finding as one line for people, without a newline: severity, archive, subject, what, remedy. It may
/// contain text of the archive that controls a terminal.
std::string line_of(const Finding& finding);

/// Returns the last line for people, without a newline: archives, manifests, blobs, bytes, and how deep they were
/// checked.
std::string summary_of(const Result& result);

/// Returns the report as JSON (docs/verify.schema.json): the same text for the same folder, wherever it is. `version`
/// is that of the program.
std::string report_of(const Result& result, std::string_view version);

/// Returns the severity of the severest finding; note if there is none.
Severity severest(const Result& result);

}  // namespace acedt::verify
