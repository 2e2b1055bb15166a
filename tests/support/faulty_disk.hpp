#pragma once

#include "acedt/base/disk.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

namespace acedt::testing {

/// A disk that fails as a rule says. Counts the calls that it was asked for.
class FaultyDisk : public Disk {
 public:
  /// The errno of call number `n` (from 0), or 0 for one that is made. Called from any thread.
  using Rule = std::function<int(Call call, const std::filesystem::path& path, int n)>;

  explicit FaultyDisk(Rule rule) : rule_(std::move(rule)) {}

  /// Each call of this kind fails.
  static Rule always(Call which, int code) {
    return [=](Call call, const std::filesystem::path&, int) { return call == which ? code : 0; };
  }
  /// The first call of this kind fails, those after it do not.
  static Rule once(Call which, int code) {
    return [=, left = std::make_shared<std::atomic<int>>(1)](Call call, const std::filesystem::path&, int) {
      return call == which && (*left)-- > 0 ? code : 0;
    };
  }

  int asked() const { return asked_; }

 private:
  int fault(Call call, const std::filesystem::path& path) const override { return rule_(call, path, asked_++); }

  Rule rule_;
  mutable std::atomic<int> asked_{0};
};

}  // namespace acedt::testing
