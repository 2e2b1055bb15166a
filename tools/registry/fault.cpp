#include "tools/registry/fault.hpp"

#include <functional>
#include <map>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::testing {
namespace {

/// The words of a rule, taken one by one.
class Words {
 public:
  explicit Words(std::string_view text) : whole_(trim(text)), rest_(whole_) {}

  bool empty() const { return rest_.empty(); }
  std::string next(std::string_view what) {
    if (rest_.empty()) fail("has no " + std::string(what));
    const auto end = rest_.find(' ');
    std::string word(rest_.substr(0, end));
    rest_ = end == std::string_view::npos ? std::string_view() : trim(rest_.substr(end));
    return word;
  }
  std::uint64_t number(std::string_view what) {
    const std::string word = next(what);
    const auto number = to_number(word);
    if (!number) fail(std::string(what) + " " + in_quotes(word) + " is no number");
    return *number;
  }
  std::string rest() { return std::string(std::exchange(rest_, {})); }
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::bad_input, "fault " + in_quotes(whole_) + ": " + what);
  }

 private:
  std::string_view whole_;
  std::string_view rest_;
};

std::int64_t signed_number(Words& words) {
  std::string word = words.next("difference");
  const bool negative = word.starts_with('-');
  if (negative || word.starts_with('+')) word.erase(0, 1);
  const auto number = to_number(word);
  constexpr std::uint64_t most = 1'000'000'000'000'000;
  if (!number || *number > most) words.fail("difference " + in_quotes(word) + " is no number");
  const auto value = static_cast<std::int64_t>(*number);
  return negative ? -value : value;
}

using Action = std::function<void(Fault&, Words&)>;

const std::map<std::string_view, Action>& actions() {
  static const std::map<std::string_view, Action> table = {
      {"pass", [](Fault&, Words&) {}},
      {"delay",
       [](Fault& fault, Words& words) {
         constexpr std::uint64_t most = 24 * 60 * 60 * 1000;
         fault.delay = std::chrono::milliseconds(std::min(words.number("delay"), most));
       }},
      {"drop", [](Fault& fault, Words&) { fault.drop = true; }},
      {"hang", [](Fault& fault, Words&) { fault.hang = true; }},
      {"status",
       [](Fault& fault, Words& words) {
         const auto status = words.number("status");
         if (status < 200 || status > 599) words.fail("status is not from 200 to 599");
         fault.status = static_cast<int>(status);
       }},
      {"take", [](Fault& fault, Words& words) { fault.take = words.number("take"); }},
      {"says",
       [](Fault& fault, Words& words) {
         std::string code = words.next("code");
         fault.says = {std::move(code), words.rest()};
       }},
      {"retry-after", [](Fault& fault, Words& words) { fault.retry_after = words.number("retry-after"); }},
      {"redirect", [](Fault& fault, Words& words) { fault.redirect = words.next("URL"); }},
      {"cut", [](Fault& fault, Words& words) { fault.cut = words.number("cut"); }},
      {"reset", [](Fault& fault, Words& words) { fault.reset = words.number("reset"); }},
      {"stall", [](Fault& fault, Words& words) { fault.stall = words.number("stall"); }},
      {"flip", [](Fault& fault, Words& words) { fault.flip = words.number("flip"); }},
      {"length", [](Fault& fault, Words& words) { fault.length = signed_number(words); }},
      {"chunked", [](Fault& fault, Words&) { fault.chunked = true; }},
      {"ignore-range", [](Fault& fault, Words&) { fault.ignore_range = true; }},
      {"no-digest", [](Fault& fault, Words&) { fault.without.emplace_back("Docker-Content-Digest"); }},
      {"without", [](Fault& fault, Words& words) { fault.without.push_back(words.next("field name")); }},
      {"header",
       [](Fault& fault, Words& words) {
         std::string name = words.next("field name");
         fault.set.emplace_back(std::move(name), words.rest());
       }},
  };
  return table;
}

}  // namespace

FaultRule FaultRule::parse(std::string_view text) {
  if (text.find_first_of("\r\n") != std::string_view::npos)
    throw Error(ErrorKind::bad_input, "fault " + in_quotes(text) + ": is more than a line");
  Words words(text);
  FaultRule rule;
  rule.method = words.next("method");
  rule.target = words.next("target");
  const std::string count = words.next("count");
  if (count != "*") {
    rule.left = to_number(count);
    if (!rule.left) words.fail("count " + in_quotes(count) + " is neither a number nor *");
  }
  do {
    const std::string name = words.next("action");
    const auto action = actions().find(name);
    if (action == actions().end()) words.fail("there is no action " + in_quotes(name));
    action->second(rule.fault, words);
  } while (!words.empty());
  return rule;
}

}  // namespace acedt::testing
