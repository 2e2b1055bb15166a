#pragma once

#include <cstddef>
#include <functional>
#include <ostream>

#include "acedt/ui/model.hpp"

namespace acedt::ui {

/// The width of the terminal at `descriptor`; 80 where it does not say.
std::size_t terminal_columns(int descriptor);

/// Goes to the start of the line and empties it: for whoever else writes to the terminal of a live display.
inline constexpr const char* clear_line = "\r\x1b[K";

/// The lines of ui::Lines, and below them one that is drawn anew at every tick. It is gone when the display is.
class Terminal final : public report::Observer {
 public:
  /// `columns` is asked at each drawing: the window may change its size.
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

}  // namespace acedt::ui
