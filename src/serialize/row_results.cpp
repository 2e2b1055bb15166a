// A pass ends at the earliest row that failed. With keep_going, a row that failed before it was planned is passed over
// instead: no other row counts on its content. A row that failed after it was planned ends the pass even then, and
// passes.cpp starts another one without it.

#include "serialize/row_results.hpp"

#include <utility>

#include "acedt/engine/failure.hpp"
#include "acedt/engine/stored_content.hpp"
#include "serialize/rows.hpp"

namespace acedt::serialize {
namespace {

/// Returns true if later rows would fail as well: the disk, memory, or a damaged archive of the folder.
bool ends_every_row(const Error& error) {
  return engine::concerns_all(error.kind()) || dynamic_cast<const engine::DamagedArchive*>(&error) != nullptr;
}

}  // namespace

RowResults::RowResults(const Options& options, const std::vector<sync::BatchRow>& rows, const sync::FolderState& folder,
                       report::Observer& observer, std::function<void(std::uint64_t)> on_end)
    : options_(options),
      rows_(rows),
      folder_(folder),
      observer_(observer),
      on_end_(std::move(on_end)),
      ended_(rows.size(), false) {}

std::string RowResults::where(std::uint64_t row) const {
  const auto& [name, artifact, line, lost, known_digest] = rows_[row];
  if (lost && line == 0) return describe(*lost, folder_).append(remedy_for_lost) + ": " + artifact;
  return list_name(options_) + ":" + std::to_string(line) + ": " + name + ": " + artifact;
}

void RowResults::end(std::uint64_t row) {
  ended_[row] = true;
  on_end_(row);
}

void RowResults::skip(std::uint64_t row) {
  const auto& [name, artifact, line, lost, known_digest] = rows_[row];
  const sync::TrackerRow* const known = folder_.tracker().find(name, artifact);  // null if the user has removed it
  const std::string archive = known == nullptr ? "" : known->sync_name;
  report::tell(observer_, report::RowSkipped{name, artifact, archive, known_digest});
  ++skipped_;
  end(row);
}

void RowResults::give_up(std::uint64_t row, const std::exception_ptr& failure) {
  try {
    engine::throw_as_error(failure);
  } catch (Error& error) {
    const auto room = error.kind() == ErrorKind::no_space ? folder_.room() : std::nullopt;
    if (room) error.add("only " + human(*room) + " is free");
    error.add(where(row));
    if (!options_.keep_going || ends_every_row(error)) return end_pass(row, std::current_exception());
    passed_over_.push_back(engine::row_failed(rows_[row], error, true));
    report::tell(observer_, passed_over_.back());
    end(row);
  }
}

void RowResults::warn(std::uint64_t row, const std::string& text) const {
  report::tell(observer_, report::Warning{where(row) + ": " + text});
}

void RowResults::fail(std::uint64_t row, const std::exception_ptr& failure) {
  try {
    engine::throw_as_error(failure);
  } catch (Error& error) {
    error.add(where(row));
    end_pass(row, std::current_exception());
  }
}

void RowResults::end_pass(std::uint64_t row, std::exception_ptr failure) {
  if (row < failed_row_) {
    failed_row_ = row;
    failure_ = std::move(failure);
  }
  for (const auto& call : when_failed_) call(row);
}

}  // namespace acedt::serialize
