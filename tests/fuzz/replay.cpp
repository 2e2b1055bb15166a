// Where there is no libFuzzer: every file of the corpora that are named, once. usage: TARGET DIRECTORY...

#include <filesystem>
#include <iostream>
#include <vector>

#include "acedt/base/file.hpp"
#include "fuzz/input.hpp"

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (const std::filesystem::path directory : std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
      const std::string text = acedt::read_file(file.path());
      const auto bytes = std::vector<std::uint8_t>(text.begin(), text.end());  // so that its end is the end
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
      ++count;
    }
  }
  std::cout << count << " inputs\n";
  return count > 0 ? 0 : 1;
}
