#pragma once

#include <cstddef>
#include <functional>

namespace acedt::async {

/// Calls work(0) to work(count - 1) on `threads` threads, each call with the lowest number that is left, and what they
/// return one after another, in the order of their numbers. At most `ahead` results wait. Throws what one of them
/// throws, after all threads have ended; Error(internal) if no thread can be started.
void in_order(std::size_t count, std::size_t threads, std::size_t ahead,
              const std::function<std::function<void()>(std::size_t)>& work);

}  // namespace acedt::async
