#pragma once

namespace acedt::cli {

/// Gives the process one error message and an exit code of its own where it ends without unwinding: out of memory (1),
/// an exception that nobody may catch (1), std::quick_exit after a signal (128 + its number).
///
/// To end anywhere is safe: what is committed stays, and the next run goes on.
void handle_emergencies();

}  // namespace acedt::cli
