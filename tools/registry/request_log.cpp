#include "tools/registry/request_log.hpp"

#include <utility>

namespace acedt::testing {
namespace {

std::string_view shown(std::string_view text) {
  return text.empty() ? "-" : text;
}

}  // namespace

std::string LogEntry::line() const {
  std::string line = method + ' ' + target + ' ' + std::to_string(status) + ' ' + std::to_string(bytes) + ' ';
  line.append(shown(range)).append(" ").append(shown(authorization));
  return line + (at_storage ? " storage" : " registry");
}

RequestLog::RequestLog(const std::filesystem::path& file) {
  if (!file.empty()) file_ = File::create(file);
}

std::size_t RequestLog::add(LogEntry entry) {
  const std::scoped_lock lock(mutex_);
  entries_.push_back(std::move(entry));
  return first_ + entries_.size() - 1;
}

void RequestLog::finish(std::size_t id, std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  if (id < first_) return;  // cleared meanwhile
  LogEntry& entry = entries_[id - first_];
  entry.bytes = bytes;
  if (file_) file_->append(entry.line() + '\n');
}

std::vector<LogEntry> RequestLog::entries() const {
  const std::scoped_lock lock(mutex_);
  return {entries_.begin(), entries_.end()};
}

void RequestLog::clear() {
  const std::scoped_lock lock(mutex_);
  first_ += entries_.size();
  entries_.clear();
}

}  // namespace acedt::testing
