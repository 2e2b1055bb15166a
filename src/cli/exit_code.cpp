#include "acedt/cli/exit_code.hpp"

#include <exception>
#include <string>

#include "acedt/base/error.hpp"
#include "acedt/batch/batch.hpp"
#include "acedt/ui/text.hpp"

namespace acedt::cli {
namespace {

void say(std::ostream& errors, const std::string& what, const std::string& hint) {
  errors << "Error: " + ui::printable(what) + '\n' + (hint.empty() ? "" : "hint: " + ui::printable(hint) + '\n');
}

}  // namespace

int exit_code_of(const std::function<void()>& work, std::ostream& errors) {
  try {
    work();
    return 0;
  } catch (const batch::Interrupted& interrupted) {
    say(errors, interrupted.what(), "run the same command again: it goes on from here");
    return 128 + interrupted.signal;
  } catch (const Error& error) {
    say(errors, error.what(), error.hint());
  } catch (const std::exception& unforeseen) {
    say(errors, unforeseen.what(), "");
  }
  return 1;
}

}  // namespace acedt::cli
