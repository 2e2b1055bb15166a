#include "acedt/ui/terminal.hpp"

#include <sys/ioctl.h>

#include "acedt/ui/text.hpp"
#include "acedt/ui/wording.hpp"

namespace acedt::ui {

std::size_t terminal_columns(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

Terminal::Terminal(std::ostream& out, std::function<std::size_t()> columns) : out_(out), columns_(std::move(columns)) {}

Terminal::~Terminal() {
  if (drawn_) out_ << clear_line << std::flush;
}

void Terminal::on(const report::Event& event) {
  model_.on(event);
  const std::string line = line_for(event, model_);
  if (line.empty()) return;
  if (std::holds_alternative<report::RunFinished>(event.what)) drawn_ = false;
  out_ << clear_line + line + '\n' + (drawn_ ? drawing() : "") << std::flush;
}

void Terminal::tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) {
  model_.tick(now, counters);
  drawn_ = true;
  out_ << clear_line + drawing() << std::flush;
}

std::string Terminal::drawing() const {
  const std::size_t columns = columns_();
  // The last column stays free: some terminals go to the next line when it is filled.
  return std::string(cut(status(model_), columns > 0 ? columns - 1 : 0));
}

}  // namespace acedt::ui
