#include "acedt/async/in_order.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "acedt/async/thread_pool.hpp"

namespace acedt::async {
namespace {

using Work = std::function<std::function<void()>(std::size_t)>;

class InOrder {
 public:
  InOrder(std::size_t count, std::size_t ahead, const Work& work) : count_(count), ahead_(ahead), work_(work) {}

  void run(std::size_t threads) {
    std::vector<std::thread> started;
    try {
      for (std::size_t i = 0; i < std::min(threads, count_); ++i)
        started.push_back(async::start_thread([this] { serve(); }));
    } catch (...) {
      if (started.empty()) throw;  // fewer threads will do
    }
    for (std::thread& thread : started) thread.join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      moved_.wait(lock, [this] { return failure_ || next_ == count_ || next_ < done_ + ahead_; });
      if (failure_ || next_ == count_) return;
      const std::size_t number = next_++;
      lock.unlock();
      try {
        std::function<void()> then = work_(number);
        lock.lock();
        results_.emplace(number, std::move(then));
        use_results(lock);
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        failure_ = std::current_exception();
        moved_.notify_all();
      }
    }
  }

  /// Calls the results whose turn it is, unless another thread does.
  void use_results(std::unique_lock<std::mutex>& lock) {
    if (is_used_) return;
    is_used_ = true;
    for (auto result = results_.extract(done_); result && !failure_; result = results_.extract(done_)) {
      lock.unlock();
      if (result.mapped()) result.mapped()();
      lock.lock();
      ++done_;
      moved_.notify_all();
    }
    is_used_ = false;
  }

  std::size_t count_;
  std::size_t ahead_;
  const Work& work_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable moved_;
  std::size_t next_ = 0;
  std::size_t done_ = 0;
  std::map<std::size_t, std::function<void()>> results_;
  bool is_used_ = false;
  std::exception_ptr failure_;
};

}  // namespace

void in_order(std::size_t count, std::size_t threads, std::size_t ahead, const Work& work) {
  InOrder(count, ahead, work).run(threads);
}

}  // namespace acedt::async
