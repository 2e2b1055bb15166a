#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acedt {

/// The outcome of a program.
struct ProcessResult {
  int status;          ///< its exit status; 128 + the signal's number if a signal ended it
  std::string output;  ///< all that it wrote to its standard output
  std::string errors;  ///< all that it wrote to its standard error
};

/// Runs a program without a shell and blocks the thread until it ends. Returns nullopt if PATH has no such program.
///
/// `command` is the program's name and its arguments; `input` is its standard input.
/// Throws Error(storage) if the program cannot be started, and kills it and throws Error(storage) if it runs longer
/// than `limit` or writes more than 1 MiB to one stream.
std::optional<ProcessResult> run_program(const std::vector<std::string>& command, std::string_view input,
                                         std::chrono::milliseconds limit);

}  // namespace acedt
