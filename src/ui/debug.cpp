// Events are written in portions of 64 KiB or once a second, as a run may have a million of them.

#include "acedt/ui/debug.hpp"

#include <cerrno>
#include <system_error>

#include "acedt/base/error.hpp"
#include "ui/event_members.hpp"

namespace acedt::ui {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t min_write = 65536;  // bytes per system call

JsonMembers members_of(const report::Counters& counters) {
  JsonMembers members;
  members.add("event", "counters").add("bytes_received", counters.bytes_received.load());
  members.add("bytes_sent", counters.bytes_sent.load());
  members.add("requests", counters.requests.load()).add("bytes_planned", counters.bytes_planned.load());
  members.add("bytes_stored", counters.bytes_stored.load());
  return members.add("bytes_recovered", counters.bytes_recovered.load());
}

Output create_in(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    errno = problem.value();
    throw_errno("create " + folder.string());
  }
  return Output::open(folder / "events.jsonl");
}

}  // namespace

Debug::Debug(const std::filesystem::path& folder) : output_(create_in(folder)) {}

Debug::~Debug() {
  flush();
}

void Debug::check() {
  flush();
  output_.check();
}

void Debug::on(const report::Event& event) {
  JsonMembers members;
  members.add("time", since_start(event.at)).add(members_of(event.what));
  pending_ += '{' + members.text() + "}\n";
  if (pending_.size() >= min_write) flush();
}

void Debug::tick(Time now, const report::Counters& counters) {
  if (counted_at_ && now - *counted_at_ < 1s) return;
  counted_at_ = now;
  JsonMembers members;
  members.add("time", since_start(now)).add(members_of(counters));
  pending_ += '{' + members.text() + "}\n";
  flush();
}

std::chrono::milliseconds Debug::since_start(Time at) {
  if (!started_) started_ = at;
  return std::chrono::duration_cast<std::chrono::milliseconds>(at - *started_);
}

void Debug::flush() {
  output_.write(pending_);
  pending_.clear();
}

}  // namespace acedt::ui
