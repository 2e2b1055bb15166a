// Mirrors the artifacts of a list into a folder, and prints each archive when it is complete.
//
//   c++ -std=c++20 mirror.cpp $(pkg-config --cflags --libs acedt) -o mirror && ./mirror gather.csv sync/data

#include <acedt/base/log.hpp>
#include <acedt/report/observer.hpp>
#include <acedt/serialize/run.hpp>

#include <exception>
#include <iostream>
#include <variant>

namespace {

class Printer : public acedt::report::Observer {
 public:
  void on(const acedt::report::Event& event) override {
    if (const auto* done = std::get_if<acedt::report::ArchiveCommitted>(&event.what))
      std::cout << done->archive << ' ' << done->artifact << ' ' << done->digest.text() << '\n';
  }
  void tick(std::chrono::steady_clock::time_point, const acedt::report::Counters&) override {}
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: mirror LIST FOLDER\n";
    return 2;
  }
  const acedt::serialize::Options options{.batch_list = argv[1], .sync_directory = argv[2]};
  const acedt::Log log(
      acedt::LogLevel::warn, [](std::string_view line) { std::cerr << line << '\n'; }, [] { return std::string(); });
  Printer printer;
  try {
    acedt::serialize::run(options, printer, log);
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return 1;
  }
}
