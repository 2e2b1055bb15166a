#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace acedt::testing {

/// A terminal, as far as the live display needs one: what is on its screen after some output.
class Screen {
 public:
  explicit Screen(std::size_t columns = 80) : columns_(columns) {}

  void write(std::string_view output) {
    for (std::size_t at = 0; at < output.size();) {
      if (output[at] == '\x1b') {
        const std::size_t end = output.find_first_of("AJKhlm", at);
        control(output.substr(at + 2, end - at - 2), output[end]);
        at = end + 1;
        continue;
      }
      std::size_t length = 1;
      while (at + length < output.size() && (static_cast<unsigned char>(output[at + length]) & 0xc0) == 0x80) ++length;
      put(std::string(output.substr(at, length)));
      at += length;
    }
  }
  /// Makes the window narrower or wider. As most terminals, breaks lines that are too long.
  void resize(std::size_t columns) {
    columns_ = columns;
    std::vector<Line> broken;
    std::size_t row = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (i == row_) row = broken.size();
      for (std::size_t from = 0; from == 0 || from < lines_[i].size(); from += columns)
        broken.emplace_back(
            lines_[i].begin() + static_cast<std::ptrdiff_t>(from),
            lines_[i].begin() + static_cast<std::ptrdiff_t>(std::min(from + columns, lines_[i].size())));
    }
    lines_ = std::move(broken);
    row_ = row;
  }
  /// The lines, without blanks at their ends, and without empty ones at the end of the screen.
  std::string text() const {
    std::string all;
    for (const Line& line : lines_) {
      for (const std::string& cell : line) all += cell;
      all.erase(all.find_last_not_of(' ') + 1);
      all += '\n';
    }
    all.erase(all.find_last_not_of('\n') + 1);
    return all.empty() ? all : all + '\n';
  }
  std::size_t row() const { return row_; }

 private:
  using Line = std::vector<std::string>;  // a character in each cell

  void control(std::string_view parameters, char command) {
    if (command == 'A') row_ -= std::min<std::size_t>(row_, std::stoul(std::string(parameters)));
    if (command == 'J') lines_.resize(row_ + 1);
    if (command == 'J' || command == 'K') lines_[row_].resize(std::min(column_, lines_[row_].size()));
    if (parameters == "?7") wraps_ = command == 'h';
  }
  void put(const std::string& character) {
    if (character == "\r") {
      column_ = 0;
    } else if (character == "\n") {
      column_ = 0;  // as a terminal device makes CR LF of it
      if (++row_ == lines_.size()) lines_.emplace_back();
    } else {
      if (column_ == columns_ && wraps_) put("\n");
      column_ = std::min(column_, columns_ - 1);
      Line& line = lines_[row_];
      line.resize(std::max(line.size(), column_ + 1), " ");
      line[column_++] = character;
    }
  }

  std::size_t columns_;
  std::vector<Line> lines_{1};
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  bool wraps_ = true;
};

}  // namespace acedt::testing
