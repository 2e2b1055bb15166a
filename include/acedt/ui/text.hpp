#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

// Text for terminals and logs.

namespace acedt::ui {

/// Returns `text` with '?' for everything that could control a terminal (see is_control()) and for invalid UTF-8.
std::string printable(std::string_view text);

/// Returns the number of characters, each counted as one column.
std::size_t length_of(std::string_view text);
/// Returns the first `columns` characters of `text`, each counted as one column; never cuts within a character.
std::string_view cut(std::string_view text, std::size_t columns);
/// Returns `text`, cut to `columns` with "…" at its end if it is longer.
std::string shortened(std::string_view text, std::size_t columns);
/// Returns `text` with blanks at its end, or its beginning, up to `columns`.
std::string padded(std::string text, std::size_t columns);
std::string right_aligned(const std::string& text, std::size_t columns);

/// Returns "1 archive", "2 archives".
std::string counted(std::size_t count, std::string_view noun);

/// Returns a duration with two units at most: "41s", "3m12s", "2h03m", "5d07h".
std::string brief(std::chrono::seconds duration);
/// Returns a duration, rounded to tenths of a second below a minute and to seconds above: "1.5s", "3m12s".
std::string rounded(std::chrono::milliseconds duration);

/// Returns "2026-02-03T04:05:06.000007Z" (RFC 3339, UTC).
std::string rfc3339(std::chrono::system_clock::time_point date);

/// Returns the message of an Error on a request, "CONTEXT: METHOD URL: CAUSE", with the cause first: "CAUSE (CONTEXT:
/// METHOD URL)". Leaves out the part of the context whose digest the URL has. Without a request, a row of a list comes
/// last: "LIST:LINE: NAME: ARTIFACT: CAUSE". Any other text keeps its order. A digest that is in the text already is
/// shortened.
std::string cause_first(std::string_view text);
/// Returns only the cause of such a message; any other text as it is.
std::string_view cause_of(std::string_view text);

}  // namespace acedt::ui
