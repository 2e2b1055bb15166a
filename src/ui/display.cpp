// The wording of events and of the status line, and the displays that print them. Every text of others (names, errors,
// references) passes printable(), so that a registry cannot control the terminal.

#include "acedt/ui/display.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "acedt/base/text.hpp"

namespace acedt::ui {
namespace {

using namespace std::chrono_literals;

/// Returns "SUBJECT ↦ MESSAGE", the form of every line.
std::string line(const std::string& subject, const std::string& message) {
  return printable(subject) + " ↦ " + printable(message);
}

/// Returns the line, or lines, for an event, without the final line end. Empty for most events: a run may have a
/// million blobs.
class Wording {
 public:
  explicit Wording(const Model& model) : model_(model) {}

  std::string operator()(const report::RunStarted& run) const {
    return line("Started",
                counted(run.rows, "artifact") + ", " + std::to_string(run.skipped) + " of them already archived");
  }
  std::string operator()(const report::Retrying& retry) const {
    return line(retry.what, "attempt " + std::to_string(retry.attempt) + " failed: " + retry.why + "; again in " +
                                human(retry.delay));
  }
  std::string operator()(const report::ArchiveCommitted& archive) const {
    const std::string referrers = archive.referrers ? " with " + counted(*archive.referrers, "referrer") : "";
    return line(archive.archive, "Completed " + archive.artifact + " (" + human(archive.size) + ")" + referrers);
  }
  std::string operator()(const report::Warning& warning) const { return line("Warning", warning.text); }
  std::string operator()(const report::RunFinished& run) const {
    const std::string recovered =
        run.recovered == Bytes{} ? "" : "; " + human(run.recovered) + " recovered from an interrupted run";
    return dependent(run) +
           line(run.complete ? "Completed" : "Incomplete",
                counted(run.archives, "archive") + " in " + human(model_.elapsed()) + "; fetched " +
                    human(run.fetched) + " with " + counted(run.requests, "request") + "; " + human(run.shared_size) +
                    " shared with earlier archives and not stored again" + recovered);
  }
  std::string operator()(const report::RowFailed& row) const {
    return row.passed_over ? line(row.name, "Failed: " + row.problem.text)
                           : std::string();  // else it is the error of the run
  }
  std::string operator()(const report::RowLeft&) const { return {}; }
  std::string operator()(const report::RowSkipped&) const { return {}; }
  std::string operator()(const report::RowDropped&) const { return {}; }
  std::string operator()(const report::ArtifactResolved&) const { return {}; }
  std::string operator()(const report::BlobStored&) const { return {}; }

  std::string operator()(const report::PushStarted& push) const {
    return line("Started", counted(push.archives, "archive") + ", " + std::to_string(push.skipped) +
                               " of them already pushed" +
                               (push.shard.empty() ? "" : "; shard " + push.shard + " of their blobs"));
  }
  std::string operator()(const report::ArchivePushed& push) const {
    const std::string of_all =
        push.artifact + "@" + push.digest.text() + ": " + counted(push.manifests, "manifest") + ", ";
    std::string text = (push.is_planned_only ? "Would push " : "Pushed ") +
                       (push.shard.empty() ? of_all : "shard " + push.shard + ": ") + counted(push.blobs, "blob") +
                       " (" + human(push.sent) + "), " + counted(push.there, "blob") + " already there";
    if (push.moved_from) text += "; the tag pointed to " + push.moved_from->text();
    if (push.kept_at) text += "; the tag stays at " + push.kept_at->text() + ", which is of a later archive";
    return line(push.archive, text);
  }
  std::string operator()(const report::PushFailed& push) const {
    return line(push.archive, "Failed: " + push.problem.text);
  }
  std::string operator()(const report::PushFinished& push) const {
    const std::string_view ended = push.complete ? "Completed" : "Incomplete";
    if (push.is_planned_only)
      return line("Dry run", "nothing was sent; " + counted(push.archives, "archive") + " to push");
    return line(std::string(ended), (push.shard.empty() ? "" : "shard " + push.shard + " of the blobs of ") +
                                        counted(push.archives, "archive") + " in " + human(model_.elapsed()) +
                                        "; sent " + human(push.sent) + " with " + counted(push.requests, "request"));
  }
  std::string operator()(const report::PushSkipped&) const { return {}; }
  std::string operator()(const report::PushPlanned&) const { return {}; }
  std::string operator()(const report::PushLeft&) const { return {}; }

 private:
  static std::string dependent(const report::RunFinished& run) {
    if (run.dependent == 0) return {};
    return line("Dependent archives", std::to_string(run.dependent) + " of " + counted(run.archives, "new archive") +
                                          " cannot be used without archives of other names: carry all archives and "
                                          "push them into one repository in the order of their numbers, or mirror "
                                          "into a new folder with --dedup name") +
           '\n';
  }

  const Model& model_;
};

/// Returns the share of `part`, such as "12.5%"; 100 % at most.
std::string percent(Bytes part, Bytes whole) {
  const double share =
      100 * static_cast<double>(part.count) / static_cast<double>(std::max<std::uint64_t>(whole.count, 1));
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f%%", std::min(share, 100.0));
  return text.data();
}

/// Returns the text for `event`, which `model` has received before. Contains no control characters except line ends.
std::string line_for(const report::Event& event, const Model& model) {
  return std::visit(Wording(model), event.what);
}

/// Returns the progress of the run as one line without its end.
std::string status(const Model& model) {
  const Progress& progress = model.progress();
  std::string out = "[" + std::to_string(progress.committed) + " of " + counted(progress.rows, "archive") + "] " +
                    human(progress.stored) + " of " + human(progress.planned) + " (" +
                    percent(progress.stored, progress.planned) + ") " + human(model.speed()) + "/s";
  if (const auto remaining = model.remaining(); remaining && remaining->count() > 1)
    out += ", ETA " + human(*remaining);
  return out;
}

bool continues_a_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

void Lines::on(const report::Event& event) {
  model_.on(event);
  const std::string line = line_for(event, model_);
  if (!line.empty()) out_ << line + '\n' << std::flush;
}

void Lines::tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) {
  model_.tick(now, counters);
  if (model_.elapsed() - printed_at_ < 1s || model_.progress() == printed_) return;
  printed_at_ = model_.elapsed();
  printed_ = model_.progress();
  out_ << "status ↦ " + status(model_) + '\n' << std::flush;
}

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
  if (std::holds_alternative<report::RunFinished>(event.what) ||
      std::holds_alternative<report::PushFinished>(event.what))
    drawn_ = false;
  out_ << clear_line + line + '\n' + (drawn_ ? drawing() : "") << std::flush;
}

void Terminal::tick(std::chrono::steady_clock::time_point now, const report::Counters& counters) {
  model_.tick(now, counters);
  drawn_ = true;
  out_ << clear_line + drawing() << std::flush;
}

std::string Terminal::drawing() const {
  const std::size_t columns = columns_();
  // The last column stays free, as some terminals wrap when it is filled.
  return std::string(cut(status(model_), columns > 0 ? columns - 1 : 0));
}

void Logged::on(const report::Event& event) {
  if (const auto* row = std::get_if<report::RowSkipped>(&event.what))
    log_.info("already archived", {{"name", row->name}, {"artifact", row->artifact}});
  if (const auto* push = std::get_if<report::PushSkipped>(&event.what))
    log_.info("already pushed", {{"archive", push->archive}, {"artifact", push->artifact}});
  if (const auto* warning = std::get_if<report::Warning>(&event.what); warning != nullptr && warnings_)
    log_.warn(warning->text);
  next_.on(event);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    out += length == 0 || is_control(character) ? "?" : character;
    text.remove_prefix(character.size());
  }
  return out;
}

std::string_view cut(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  for (; end < text.size() && columns > 0; --columns) {
    ++end;
    while (end < text.size() && continues_a_character(text[end])) ++end;
  }
  return text.substr(0, end);
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

}  // namespace acedt::ui
