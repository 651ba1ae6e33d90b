// SPDX-License-Identifier: MIT
// Runs the stored inputs of a fuzz target once, in order of their names. Arguments are files and directories of files.
// Prints each name before the run: the last one failed.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs_of(const fs::path& place) {
  if (!fs::is_directory(place)) return {place};
  std::vector<fs::path> inputs;
  for (const auto& entry : fs::recursive_directory_iterator(place)) {
    if (entry.is_regular_file()) inputs.push_back(entry.path());
  }
  std::sort(inputs.begin(), inputs.end());
  // A missing directory must not pass.
  if (inputs.empty()) throw std::runtime_error(place.string() + " has no input");
  return inputs;
}

void run(const fs::path& input) {
  std::fprintf(stderr, "%s\n", input.c_str());
  std::ifstream file(input, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad() || !file.is_open()) throw std::runtime_error(input.string() + " cannot be read");
  // A separate allocation of exact size lets a sanitizer detect a read past the end.
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count < 2) throw std::runtime_error("no input given; name files or directories");
    for (int i = 1; i < count; ++i) {
      for (const fs::path& input : inputs_of(arguments[i])) run(input);
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "replay: %s\n", error.what());
    return 1;
  }
}
