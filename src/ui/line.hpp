#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace acedt::ui {

/// How a text is emphasized on a terminal with colours.
enum class Style : std::uint8_t { plain, strong, dim, good, warning, bad };

/// A line of output on an event: "SUBJECT ↦ MESSAGE".
struct Line {
  std::string subject;
  std::string message;
  Style style = Style::plain;  ///< of the subject
  std::string host = {};       ///< host[:port] that it is about; empty: none
};

/// A part of a row of the live display.
struct Span {
  std::string text;
  Style style = Style::plain;
};
using Row = std::vector<Span>;

/// Returns the line, or the row, without its end. The texts pass printable(). `coloured`: with escape sequences.
std::string text_of(const Line& line, bool coloured);
std::string text_of(const Row& row, bool coloured);

}  // namespace acedt::ui
