#pragma once

namespace acedt::cli {

/// Gives the process one error message and an exit code when it ends without unwinding: out of memory (1), an exception
/// that reaches std::terminate (1), std::quick_exit after a signal (128 + its number).
///
/// It is safe to end anywhere: committed archives stay, and the next run continues.
void handle_emergencies();

}  // namespace acedt::cli
