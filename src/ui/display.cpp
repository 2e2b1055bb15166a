#include "acedt/ui/display.hpp"

#include <sys/ioctl.h>

#include <utility>

#include "ui/event_members.hpp"
#include "ui/json_line.hpp"
#include "ui/view.hpp"
#include "ui/wording.hpp"

namespace acedt::ui {
namespace {

using namespace std::chrono_literals;

constexpr auto status_interval = 60s;

std::string text_of(const std::vector<Line>& lines, bool coloured) {
  std::string text;
  for (const Line& line : lines) text += ui::text_of(line, coloured) + '\n';
  return text;
}

}  // namespace

Lines::Lines(std::ostream& out, bool coloured, Clock clock)
    : out_(out), coloured_(coloured), clock_(std::move(clock)), wording_(std::make_unique<Wording>()) {}

Lines::~Lines() = default;

void Lines::on(const report::Event& event) {
  model_.on(event);
  const std::vector<Line> lines = wording_->on(event, model_);
  std::string text;
  for (const Line& line : lines)  // those before the last are about hosts and the like
    text += text_of(line, &line == &lines.back() ? members_of(event.what) : JsonMembers());
  if (!text.empty()) out_ << text << std::flush;
}

void Lines::tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) {
  model_.tick(now, counters);
  std::string text;
  for (const Line& line : wording_->tick(now)) text += text_of(line, {});
  if (model_.elapsed() - printed_at_ >= status_interval && model_.progress() != printed_) {
    printed_at_ = model_.elapsed();
    printed_ = model_.progress();
    text += text_of({"status", status(model_)}, members_of(model_));
  }
  if (!text.empty()) out_ << text << std::flush;
}

/// Returns a line with its end. `event`: what it is about, or no members.
std::string Lines::text_of(const Line& line, const JsonMembers& event) const {
  return (clock_ ? json_of(line, clock_(), event) : ui::text_of(line, coloured_)) + '\n';
}

TerminalSize terminal_size(int descriptor) {
  TerminalSize result;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return result;
  if (size.ws_col > 0) result.columns = size.ws_col;
  if (size.ws_row > 0) result.rows = size.ws_row;
  return result;
}

Terminal::Terminal(std::ostream& out, std::function<TerminalSize()> size, bool coloured)
    : out_(out), size_(std::move(size)), coloured_(coloured), wording_(std::make_unique<Wording>()) {}

Terminal::~Terminal() {
  clear();
}

/// Replaces the display by the lines that wait.
void Terminal::clear() {
  if (is_drawn_) out_ << clear_display;
  is_drawn_ = false;
  out_ << std::exchange(lines_, {}) << std::flush;
}

void Terminal::on(const report::Event& event) {
  model_.on(event);
  lines_ += text_of(wording_->on(event, model_), coloured_);
  const bool is_last = std::holds_alternative<report::RunFinished>(event.what) ||
                       std::holds_alternative<report::PushFinished>(event.what);
  if (is_last || (!is_drawn_ && !lines_.empty())) clear();
}

void Terminal::tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) {
  model_.tick(now, counters);
  lines_ += text_of(wording_->tick(now), coloured_);
  const std::string lines = std::exchange(lines_, {});
  out_ << (is_drawn_ && !lines.empty() ? clear_display : "") + lines + drawing() << std::flush;
  is_drawn_ = true;
}

/// Draws from the beginning of the line on, and returns there. Rows that the display had before, and those into which a
/// terminal breaks long ones when it becomes narrower, are overwritten or cleared.
std::string Terminal::drawing() const {
  constexpr std::string_view no_wrap = "\x1b[?7l";  // DECAWM: some characters may be wider than one column
  constexpr std::string_view wrap = "\x1b[?7h";
  constexpr std::string_view clear_rest_of_line = "\x1b[K";
  constexpr std::string_view clear_below = "\x1b[J";
  const std::vector<Row> rows = view(model_, size_());
  std::string text = std::string("\r").append(no_wrap);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) text += "\r\n";
    text.append(ui::text_of(rows[i], coloured_)).append(i + 1 < rows.size() ? clear_rest_of_line : clear_below);
  }
  text += '\r';
  if (rows.size() > 1) text += "\x1b[" + std::to_string(rows.size() - 1) + 'A';
  return text.append(wrap);
}

void Logged::on(const report::Event& event) {
  if (const auto* row = std::get_if<report::RowSkipped>(&event.what))
    log_.info("already archived", {{"name", row->name}, {"artifact", row->artifact}});
  if (const auto* push = std::get_if<report::PushSkipped>(&event.what))
    log_.info("already pushed", {{"archive", push->archive}, {"artifact", push->artifact}});
  if (const auto* retry = std::get_if<report::Retrying>(&event.what))
    log_.debug("attempt failed", {{"what", retry->what},
                                  {"why", retry->why},
                                  {"attempt", std::to_string(retry->attempt)},
                                  {"delay", human(retry->delay)}});
  if (const auto* warning = std::get_if<report::Warning>(&event.what); warning != nullptr && warnings_)
    log_.warn(warning->text);
  next_.on(event);
}

}  // namespace acedt::ui
