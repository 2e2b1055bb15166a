// The intentions of traps.cpp in shapes that coroutines.py lets through. Run as a test: what is let through must work
// with this compiler, and under the sanitizers.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "shapes.hpp"

namespace {

awaitable<void> named_condition() {
  const bool more = co_await yes();
  if (more) ++seen;
}

awaitable<void> named_loop_condition() {
  for (;;) {
    const bool more = co_await yes();
    if (!more || ++seen == 3) co_return;
  }
}

awaitable<void> named_aggregate() {
  Request request{.host = long_text()};
  seen = co_await send(std::move(request));
}

awaitable<void> awaited_member() {
  std::string host = co_await text();
  const Request request{.host = std::move(host)};
  seen = static_cast<int>(request.host.size());
}

awaitable<void> named_lambda() {
  const std::string name = long_text();
  auto length = [name] { return static_cast<int>(name.size()); };
  seen = co_await call(std::move(length));
}

awaitable<void> child(std::string name) {
  co_await hop();
  seen = static_cast<int>(name.size());
}

awaitable<void> spawned_function() {
  const auto here = co_await asio::this_coro::executor;
  co_await asio::co_spawn(here, child(long_text()), asio::use_awaitable);
}

awaitable<void> branch() {
  std::string name(40, 'a');
  if (seen == 0) name = co_await text();
  seen = static_cast<int>(name.size());
}

awaitable<void> awaited_before_throw() {
  const std::string why = co_await text();
  try {
    throw std::runtime_error(why);
  } catch (const std::exception& e) {
    seen = e.what()[0];
  }
}

awaitable<void> named_list() {
  std::vector<std::string> names{long_text(), long_text()};
  seen = co_await count(std::move(names));
}

// Temporaries of classes with constructors, awaits as operands, and lambdas without captures.
awaitable<void> temporaries() {
  const std::string joined = "[" + co_await text() + std::string(40, ',') + co_await text() + "]";
  std::string more;
  more += co_await text();
  seen = co_await call(std::function<int()>([] { return 1; }));
  seen += static_cast<int>(joined.size() + more.size() + (co_await text()).size());
}

// Awaits in the bodies of loops, of switches and of try blocks, beside braces and conditions of other statements.
awaitable<void> bodies() {
  for (const std::string& word : words()) {
    if (!word.empty()) seen += co_await count(words());
    switch (word.size()) {
      case 64: {
        const bool more = co_await yes();
        if (more) ++seen;
        break;
      }
      default: co_await hop();
    }
  }
  try {
    co_await hop();
    throw Request{.host = long_text()};
  } catch (const Request& request) {
    seen += request.port > 0 ? 1 : 0;
  }
  if (std::ranges::any_of(
          words(), [this_many = std::size_t{64}](const std::string& word) { return word.size() == this_many; })) {
    co_await hop();
  }
}

// Bodies that could be taken for initialisers.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual awaitable<int> send() const& noexcept = 0;
};

class Counter final : public Sender {
 public:
  explicit Counter(std::string name) : name_{std::move(name)}, sizes_{{"a", 1}} {}
  auto send() const& noexcept -> awaitable<int> override {
    const std::map<std::string, int> sizes{sizes_};
    const int added = co_await count(words());
    co_return static_cast<int>(name_.size()) + sizes.at("a") + added;
  }

 private:
  std::string name_;
  std::map<std::string, int> sizes_;
};

template <class Value>
auto twice(Value value) -> awaitable<std::array<Value, 2>>
  requires std::copyable<Value>
{
  co_await hop();
  co_return std::array<Value, 2>{value, value};
}

awaitable<void> heads() {
  const auto counter = std::make_unique<Counter>(long_text());
  seen = co_await counter->send();
  const auto [first, second] = co_await twice(7);
  seen += first + second;
  auto job = [&]() mutable -> awaitable<void> { seen += co_await counter->send(); };
  co_await job();
}

}  // namespace

int main() {
  constexpr awaitable<void> (*shapes[])() = {
      named_condition, named_loop_condition, named_aggregate, awaited_member, named_lambda, spawned_function,
      branch,          awaited_before_throw, named_list,      temporaries,    bodies,       heads};
  for (const auto shape : shapes) {
    seen = 0;
    run(shape);
    if (seen == 0) {
      std::puts("a body was skipped");
      return 1;
    }
  }
}
