// Coroutines that g++ 12.2 compiles wrongly at every optimisation level; clang compiles them rightly. Meson does not
// build this file: it is what coroutines.py is tested with, each TRAP a line that must be found. To see what another
// compiler does, build it and run every number from 1 to 11:
//   g++ -std=c++20 tools/checks/traps/traps.cpp -o /tmp/trap && /tmp/trap 1        "right", or it dies
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "shapes.hpp"

namespace {

// 1, 2: a condition awaits, and the function has no local variable at its top level. Jumps through garbage.
awaitable<void> await_in_if() {
  if (co_await yes()) ++seen;  // TRAP
}

awaitable<void> await_in_while() {
  while (co_await yes()) {  // TRAP
    if (++seen == 3) co_return;
  }
}

// 3, 4: a braced aggregate with a member that owns memory. The member is destroyed twice.
awaitable<void> aggregate_argument() {
  seen = co_await send({.host = long_text()});  // TRAP
}

awaitable<void> await_in_aggregate() {
  Request request{.host = co_await text()};  // TRAP
  seen = static_cast<int>(request.host.size());
}

// 5, 6: a lambda with a capture that owns memory. The capture is destroyed twice.
awaitable<void> lambda_argument() {
  const std::string name = long_text();
  seen = co_await call([name] { return static_cast<int>(name.size()); });  // TRAP
}

awaitable<void> spawned_lambda() {
  const std::string name = long_text();
  const auto here = co_await asio::this_coro::executor;
  co_await asio::co_spawn(
      here, [name]() -> awaitable<void> { co_return; }, asio::use_awaitable);  // TRAP
  ++seen;
}

// 7: a braced default argument of a coroutine. An invalid pointer is freed.
awaitable<int> send_with(int size, Request request = {}) {  // TRAP
  co_await hop();
  co_return size + request.port;
}

awaitable<void> default_argument() {
  seen = co_await send_with(1);
}

// 8: a conditional expression of a class type, one branch of which awaits. Freed twice.
awaitable<void> await_in_branch() {
  const std::string name = seen != 0 ? std::string("a") : co_await text();  // TRAP
  seen = static_cast<int>(name.size());
}

// 9, 10: an await anywhere in a throw expression. The exception is freed twice.
awaitable<void> throw_with_await() {
  try {
    throw std::runtime_error(co_await text());  // TRAP
  } catch (const std::exception& e) {
    seen = e.what()[0];
  }
}

awaitable<void> throw_with_await_deep_inside() {
  try {
    throw std::runtime_error("after " + std::to_string((co_await text()).size()));  // TRAP
  } catch (const std::exception& e) {
    seen = e.what()[0];
  }
}

// 11: an initialiser list inside an argument. Does not compile ("array used as initializer").
#ifdef __clang__
awaitable<void> list_argument() {
  const std::vector<std::string> names{co_await text(), co_await text()};  // TRAP
  seen = co_await count({long_text(), names[0]});                          // TRAP
}
#else
awaitable<void> list_argument() {
  co_return;
}
#endif

// The shapes below are kin to those above; some work by luck, and all are refused.
awaitable<void> kin() {
  for (int i = 0; i < co_await count(words()); ++i) ++seen;  // TRAP
  switch (co_await count(words())) {                         // TRAP
    default: ++seen;
  }
  do {
    ++seen;
  } while (co_await no());  // TRAP
  if (seen == 0) {
    ++seen;
  } else if (co_await yes()) {  // TRAP
    ++seen;
  }
  const auto length = [](std::string name) -> awaitable<int> {
    const Request request{.host = name + co_await text()};  // TRAP
    co_return static_cast<int>(request.host.size());
  };
  co_await (length)(std::string{"abc"});  // TRAP
}

class Client {
 public:
  virtual ~Client() = default;
  virtual awaitable<void> get(Request request = Request{}) = 0;  // TRAP
};

class Counter final : public Client {
 public:
  awaitable<void> get(Request request) override {
    co_await send({.host = std::move(request.host)});  // TRAP
  }
};

#define CHECK(condition) \
  if (!(condition)) std::abort()
awaitable<void> await_in_macro() {
  CHECK(co_await yes());  // TRAP
}

using Shape = awaitable<void> (*)();
constexpr Shape shapes[] = {
    await_in_if,    await_in_while,   aggregate_argument, await_in_aggregate, lambda_argument,
    spawned_lambda, default_argument, await_in_branch,    throw_with_await,   throw_with_await_deep_inside,
    list_argument};

}  // namespace

int main(int argc, char** argv) {
  run(shapes[(argc > 1 ? std::atoi(argv[1]) : 1) - 1]);
  std::puts(seen != 0 ? "right" : "wrong: the body was skipped");
}
