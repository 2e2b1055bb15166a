#include "acedt/ui/logged.hpp"

namespace acedt::ui {

void Logged::on(const report::Event& event) {
  if (const auto* row = std::get_if<report::RowSkipped>(&event.what))
    log_.info("archived before", {{"name", row->name}, {"artifact", row->artifact}});
  if (const auto* warning = std::get_if<report::Warning>(&event.what); warning != nullptr && warnings_)
    log_.warn(warning->text);
  next_.on(event);
}

}  // namespace acedt::ui
