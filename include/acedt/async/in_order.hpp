#pragma once

#include <cstddef>
#include <functional>

namespace acedt::async {

/// Calls work(0) to work(count - 1) on up to `threads` threads, lowest number first. Calls the functions that they
/// return one at a time, in the order of the numbers, on the same threads; null: nothing to call. At most `ahead`
/// results wait for their turn. Blocks until all is done. If a call throws, throws that after all threads have ended.
/// Throws Error(internal) if no thread can be started.
void in_order(std::size_t count, std::size_t threads, std::size_t ahead,
              const std::function<std::function<void()>(std::size_t)>& work);

}  // namespace acedt::async
