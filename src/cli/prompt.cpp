#include "cli/prompt.hpp"

#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <iterator>

#include "acedt/base/error.hpp"

namespace acedt::cli {
namespace {

constexpr std::size_t max_input = 64 << 10;

termios before{};  // of the terminal; for the signal handler

extern "C" void restore_and_die(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
  ::raise(signal);  // by its default, now
}

/// While it exists, the terminal does not show what is typed. A signal that ends the process restores the terminal
/// first.
class NoEcho {
 public:
  /// The line end that is typed and not shown goes to `out`, at the end.
  explicit NoEcho(std::ostream& out) : out_(out) {
    ::tcgetattr(STDIN_FILENO, &before);
    struct sigaction action {};
    action.sa_handler = restore_and_die;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    out_ << '\n';
  }

 private:
  std::ostream& out_;
};

void must_be_terminal(const std::string& question, const std::string& instead) {
  if (::isatty(STDIN_FILENO) == 1) return;
  throw Error(ErrorKind::usage, "no terminal to ask for the " + question).hint(instead);
}

std::string ask(const std::string& question, std::ostream& out) {
  out << question << ": " << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line;
}

}  // namespace

std::string ask_terminal(const std::string& question, const std::string& instead, std::ostream& out) {
  must_be_terminal(question, instead);
  return ask(question, out);
}

std::string ask_terminal_secretly(const std::string& question, const std::string& instead, std::ostream& out) {
  must_be_terminal(question, instead);
  const NoEcho silence(out);
  return ask(question, out);
}

std::string read_standard_input() {
  std::string text;
  for (std::istreambuf_iterator<char> next(std::cin), end; next != end; ++next) {
    if (text.size() == max_input) throw Error(ErrorKind::usage, "standard input: more than 64 KiB for a password");
    text.push_back(*next);
  }
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace acedt::cli
