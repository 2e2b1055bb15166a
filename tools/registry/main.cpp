#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "acedt/base/file.hpp"
#include "acedt/base/units.hpp"
#include "tools/registry/arguments.hpp"
#include "tools/registry/registry.hpp"

namespace acedt::testing {
namespace {

std::vector<std::string> fill(Store& store, const std::vector<CorpusSpec>& corpora) {
  std::vector<std::string> names;
  for (const CorpusSpec& corpus : corpora) {
    const auto begun = std::chrono::steady_clock::now();
    const auto added = generate(store, corpus, names.size() + 1);
    names.insert(names.end(), added.begin(), added.end());
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
    std::cerr << "corpus " << corpus.name << ": " << added.size() << " images, at most " << human(corpus.max_bytes())
              << ", " << taken.count() << " s\n";
  }
  return names;
}

/// Writes what the command line asks for, and says that it serves.
void announce(const Registry& registry, const Arguments& arguments, const std::vector<std::string>& names) {
  if (!arguments.list.empty()) replace_file(arguments.list, batch_list(names, registry.address()));
  std::cout << "listening on " << registry.address() << std::endl;
  if (arguments.port_file.empty()) return;
  std::string ports = std::to_string(registry.port()) + '\n';
  if (registry.storage_port() != 0) ports += std::to_string(registry.storage_port()) + '\n';
  replace_file(arguments.port_file, ports);
}

int run(int argc, const char* const* argv) {
  // Before the first thread, which inherits this: the signals wait for sigwait below.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  int exit_code = 0;
  const auto arguments = parse_arguments(argc, argv, exit_code);
  if (!arguments) return exit_code;
  Registry registry(arguments->options);
  const auto names = fill(registry.store(), arguments->corpora);
  for (const FaultRule& rule : arguments->faults) registry.add_fault(rule);
  announce(registry, *arguments, names);

  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

}  // namespace
}  // namespace acedt::testing

int main(int argc, char** argv) {
  try {
    return acedt::testing::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "acedt-registry: " << error.what() << '\n';
    return 1;
  }
}
