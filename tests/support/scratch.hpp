#pragma once

#include "acedt/base/file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace acedt::testing {

/// A directory for one test; it is gone when the test is over.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "acedt-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(root_); }

  const std::filesystem::path& path() const noexcept { return root_; }
  std::filesystem::path operator/(std::string_view name) const { return root_ / name; }

  /// A file of that content.
  std::filesystem::path file(std::string_view name, std::string_view content) const {
    File::create(root_ / name).append(content);
    return root_ / name;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace acedt::testing
