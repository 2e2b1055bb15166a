#include "acedt/ui/lines.hpp"

#include "acedt/ui/wording.hpp"

namespace acedt::ui {

using namespace std::chrono_literals;

void Lines::on(const report::Event& event) {
  model_.on(event);
  const std::string line = line_for(event, model_);
  if (!line.empty()) out_ << line + '\n' << std::flush;
}

void Lines::tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) {
  model_.tick(now, counters);
  if (model_.elapsed() - said_at_ < 1s || model_.progress() == said_) return;
  said_at_ = model_.elapsed();
  said_ = model_.progress();
  out_ << "status ↦ " + status(model_) + '\n' << std::flush;
}

}  // namespace acedt::ui
