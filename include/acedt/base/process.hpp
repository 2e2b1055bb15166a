#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acedt {

/// What a program that was run left.
struct ProcessResult {
  int status;          ///< its exit status; 128 and the signal's number where one ended it
  std::string output;  ///< what it wrote to its standard output
  std::string errors;  ///< and to its standard error
};

/// Runs a program, found in PATH and without a shell, until it ends: `command` is its name and its arguments, `input`
/// what it reads from its standard input. Blocks the thread. Nothing where there is no such program.
///
/// Throws Error(storage) where it cannot be started, and where it is killed because it takes longer than `limit` or
/// writes more than 1 MiB.
std::optional<ProcessResult> run_program(const std::vector<std::string>& command, std::string_view input,
                                         std::chrono::milliseconds limit);

}  // namespace acedt
