#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "acedt/base/log.hpp"
#include "acedt/engine/inputs.hpp"
#include "acedt/report/observer.hpp"
#include "acedt/serialize/run.hpp"
#include "acedt/sync/folder.hpp"
#include "serialize/pipeline.hpp"

namespace acedt::serialize {

/// Runs one pipeline after another until the rows are done.
class Passes {
 public:
  /// `plan`: where the rows are planned; null: they are resolved and planned now, and lost archives of the folder are
  /// rebuilt before them. Everything passed by reference or pointer must outlive it. Throws as put_lost_first().
  Passes(const Options& options, const engine::Inputs& inputs, std::vector<sync::BatchRow> rows, PlanFile plan,
         sync::Folder& folder, report::Observer& observer, const Log& log);

  /// Call once. Blocks. Throws as run().
  report::RunFinished finish();

 private:
  std::vector<report::Problem> problems() const;
  bool pass(int& signal);
  bool is_news_of_damage(const std::exception_ptr& failure);
  [[noreturn]] void remove_damaged(const std::exception_ptr& failure) const;
  void put_lost_first();
  void take(const Pipeline& pipeline);
  bool pass_over(const std::exception_ptr& failure);
  void note_failed(const Error& error);

  const Options& options_;
  const engine::Inputs& inputs_;
  std::vector<sync::BatchRow> rows_;  // remaining rows: neither committed nor passed over
  std::size_t to_do_;                 // rows that a complete run archives, or finds unchanged
  std::size_t skipped_ = 0;           // rows that were found unchanged
  PlanFile plan_;
  sync::Folder& folder_;
  report::Observer& observer_;
  const Log& log_;
  report::RunFinished total_;
  std::vector<report::RowFailed> failed_;
  std::set<std::string> must_rebuild_;  // texts of failures after which an archive was rebuilt: each once
  std::set<std::string> damaged_;       // archives of the folder that turned out to be damaged
};

}  // namespace acedt::serialize
