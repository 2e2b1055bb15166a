#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "acedt/report/observer.hpp"
#include "acedt/serialize/run.hpp"
#include "acedt/sync/batch_list.hpp"
#include "acedt/sync/folder.hpp"

namespace acedt::serialize {

/// Records how each row of a pass ends. Every box reports its failures here, and every waiter for the row, or for a
/// later one, is woken from here. Thread: control.
///
/// A failure takes effect in list order: the rows before it are still committed, the rows after it are not.
class RowResults {
 public:
  /// Everything passed by reference must outlive it. `on_end` is called for each row that was committed or passed over.
  RowResults(const Options& options, const std::vector<sync::BatchRow>& rows, const sync::FolderState& folder,
             report::Observer& observer, std::function<void(std::uint64_t row)> on_end);

  /// Adds a function to call with each row whose failure ends the pass, after failed_row() was updated.
  void when_failed(std::function<void(std::uint64_t row)> call) { when_failed_.push_back(std::move(call)); }

  /// Call when `row` was committed or passed over.
  void end(std::uint64_t row);
  /// Call when the artifact of `row` is the one that the tracker has.
  void skip(std::uint64_t row);
  /// Call when `row` failed before it was planned. With keep_going, it is passed over, as no other row counts on its
  /// content; else, or if later rows would fail as well, the pass ends after the rows before it.
  void give_up(std::uint64_t row, const std::exception_ptr& failure);
  /// Call when `row` failed after it was planned: the pass ends after the rows before it.
  void fail(std::uint64_t row, const std::exception_ptr& failure);

  /// Tells the observer what the user should know of `row`.
  void warn(std::uint64_t row, const std::string& text) const;

  /// Returns the earliest row whose failure ends the pass; the maximum of the type if there is none.
  std::uint64_t failed_row() const noexcept { return failed_row_; }
  /// Returns its failure, an Error with the row as context; null if there is none.
  const std::exception_ptr& failure() const noexcept { return failure_; }
  /// Returns for each row whether it was committed, skipped or passed over.
  const std::vector<bool>& ended() const noexcept { return ended_; }
  /// Returns the failures of rows that keep_going passed over.
  const std::vector<report::RowFailed>& passed_over() const noexcept { return passed_over_; }
  /// Returns how many rows were skipped.
  std::size_t skipped() const noexcept { return skipped_; }
  /// Returns how messages name a row: file, line, name and artifact; for a rebuilt archive, its file and why.
  std::string where(std::uint64_t row) const;

 private:
  void end_pass(std::uint64_t row, std::exception_ptr failure);

  const Options& options_;
  const std::vector<sync::BatchRow>& rows_;
  const sync::FolderState& folder_;
  report::Observer& observer_;
  std::function<void(std::uint64_t)> on_end_;
  std::vector<std::function<void(std::uint64_t)>> when_failed_;
  std::vector<bool> ended_;
  std::vector<report::RowFailed> passed_over_;
  std::size_t skipped_ = 0;
  std::uint64_t failed_row_ = std::numeric_limits<std::uint64_t>::max();
  std::exception_ptr failure_;
};

}  // namespace acedt::serialize
