#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "acedt/base/log.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/ui/model.hpp"
#include "acedt/ui/text.hpp"

// The displays of a run: on a terminal, as plain lines, or none; and the log beside them.

namespace acedt::ui {

class JsonMembers;
class Wording;
struct Line;

/// Shows nothing.
class Quiet final : public report::Observer {
 public:
  void on(const report::Event&) override {}
  void tick(std::chrono::steady_clock::time_point, const report::Counters&) override {}
};

/// Writes one line for each archive and warning, a few for each outage of a host, and a status line once a minute if
/// something changed. For files, pipes and CI logs.
///
/// With a clock, each line is a JSON object, as in Log: {"time", "level", "msg"}, then the name of the event that it is
/// about and its fields, as in events.jsonl.
class Lines final : public report::Observer {
 public:
  using Clock = std::function<std::string()>;  ///< returns the current time as RFC 3339 text

  explicit Lines(std::ostream& out, bool coloured = false, Clock clock = {});
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  ~Lines() override;

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override;

 private:
  std::string text_of(const Line& line, const JsonMembers& event) const;

  std::ostream& out_;
  bool coloured_ = false;
  Clock clock_;  // empty: text
  Model model_;
  std::unique_ptr<Wording> wording_;
  std::chrono::milliseconds printed_at_{0};  // of the last status line, since the start of the run
  Progress printed_;
};

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// Returns the size of the terminal at `descriptor`; 80 columns or 24 rows if it does not report them.
TerminalSize terminal_size(int descriptor);

/// Clears a live display, whose cursor is at its beginning. Write it before other output to the same terminal.
inline constexpr const char* clear_display = "\r\x1b[J";

/// Writes the lines of Lines, without the status, and below them a live display of a few rows, which is redrawn at each
/// tick. While it is shown, lines wait for the next tick. The destructor clears it.
///
/// Between writes, the cursor is at the beginning of the display. So whatever else is written to the terminal, or
/// becomes of its rows when the window is resized, is cleared by the next drawing.
class Terminal final : public report::Observer {
 public:
  /// `size` is called for each drawing, as the window may be resized.
  Terminal(std::ostream& out, std::function<TerminalSize()> size, bool coloured = false);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() override;

  void on(const report::Event& event) override;
  void tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) override;

 private:
  void clear();
  std::string drawing() const;

  std::ostream& out_;
  std::function<TerminalSize()> size_;
  bool coloured_;
  Model model_;
  std::unique_ptr<Wording> wording_;
  std::string lines_;  // not written yet
  bool is_drawn_ = false;
};

/// Passes everything to `next`, and logs what displays do not show: skipped rows, each failed attempt (at level debug),
/// and warnings if `warnings` is set (for a `next` that shows none).
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

}  // namespace acedt::ui
