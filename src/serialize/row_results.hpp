#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "acedt/report/observer.hpp"
#include "acedt/serialize/options.hpp"
#include "acedt/sync/batch_list.hpp"
#include "acedt/sync/folder.hpp"

namespace acedt::serialize {

/// How each row of a pass ends. Every failure arrives here, whichever box it comes from, and everyone who waits for the
/// row, or for a later one, is woken from here. Thread: control.
///
/// A failure counts in list order: the rows before it are still committed, those after it are not.
class RowResults {
 public:
  /// Everything passed by reference must outlive it. `on_end` is called with each row that is committed or passed over.
  RowResults(const Options& options, const std::vector<sync::BatchRow>& rows, const sync::Folder& folder,
             report::Observer& observer, std::function<void(std::uint64_t row)> on_end);

  /// Adds someone who is called with a row whose failure ends the pass, after failed_row() has changed.
  void when_failed(std::function<void(std::uint64_t row)> call) { when_failed_.push_back(std::move(call)); }

  /// `row` was committed or passed over.
  void end(std::uint64_t row);
  /// `row` failed before it was planned. No other row counts on its content, so keep_going can pass over it.
  void give_up(std::uint64_t row, const std::exception_ptr& failure);
  /// `row` failed after it was planned: the pass ends after the rows before it.
  void fail(std::uint64_t row, const std::exception_ptr& failure);

  /// The earliest row whose failure ends the pass; the highest number if there is none.
  std::uint64_t failed_row() const noexcept { return failed_row_; }
  /// Its failure, an Error with the row as context; null if there is none.
  const std::exception_ptr& failure() const noexcept { return failure_; }
  /// For each row, whether it was committed or passed over.
  const std::vector<bool>& ended() const noexcept { return ended_; }
  const std::vector<report::RowFailed>& passed_over() const noexcept { return passed_over_; }
  /// How messages name a row: file, line, name and artifact.
  std::string where(std::uint64_t row) const;

 private:
  void end_pass(std::uint64_t row, std::exception_ptr failure);

  const Options& options_;
  const std::vector<sync::BatchRow>& rows_;
  const sync::Folder& folder_;
  report::Observer& observer_;
  std::function<void(std::uint64_t)> on_end_;
  std::vector<std::function<void(std::uint64_t)>> when_failed_;
  std::vector<bool> ended_;
  std::vector<report::RowFailed> passed_over_;
  std::uint64_t failed_row_ = std::numeric_limits<std::uint64_t>::max();
  std::exception_ptr failure_;
};

}  // namespace acedt::serialize
