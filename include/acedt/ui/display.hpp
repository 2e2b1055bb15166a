#pragma once

#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

#include "acedt/base/log.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/ui/model.hpp"

// The displays of a run: on a terminal, as plain lines, or none; and the log beside them.

namespace acedt::ui {

/// Shows nothing.
class Quiet final : public report::Observer {
 public:
  void on(const report::Event&) override {}
  void tick(std::chrono::steady_clock::time_point, const report::Counters&) override {}
};

/// Writes one line for each archive, retry and warning, and a status line at most once a second if something changed.
/// For files, pipes and CI logs.
class Lines final : public report::Observer {
 public:
  explicit Lines(std::ostream& out) : out_(out) {}

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override;

 private:
  std::ostream& out_;
  Model model_;
  std::chrono::milliseconds printed_at_{0};  // of the last status line, since the start of the run
  Progress printed_;
};

/// Returns the width of the terminal at `descriptor`, or 80 if it does not report it.
std::size_t terminal_columns(int descriptor);

/// Moves to the start of the line and clears it. Write it before other output to the terminal of a live display.
inline constexpr const char* clear_line = "\r\x1b[K";

/// Writes the lines of Lines and, below them, a status line that is redrawn at each tick. The destructor clears it.
class Terminal final : public report::Observer {
 public:
  /// `columns` is called for each redraw, as the window may be resized.
  Terminal(std::ostream& out, std::function<std::size_t()> columns);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() override;

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override;

 private:
  std::string drawing() const;

  std::ostream& out_;
  std::function<std::size_t()> columns_;
  Model model_;
  bool drawn_ = false;
};

/// Passes everything to `next`, and logs what displays do not show: skipped rows, and warnings if `warnings` is set
/// (for a `next` that shows none).
class Logged final : public report::Observer {
 public:
  Logged(report::Observer& next, const Log& log, bool warnings) : next_(next), log_(log), warnings_(warnings) {}

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override {
    next_.tick(now, counters);
  }

 private:
  report::Observer& next_;
  const Log& log_;
  bool warnings_;
};

/// Returns `text` with '?' for everything that could control a terminal (see is_control()) and for invalid UTF-8.
std::string printable(std::string_view text);

/// Returns the first `columns` characters of `text`, each counted as one column; never cuts within a character.
std::string_view cut(std::string_view text, std::size_t columns);

/// Returns "1 archive", "2 archives".
std::string counted(std::size_t count, std::string_view noun);

}  // namespace acedt::ui
