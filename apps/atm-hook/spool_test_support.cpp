// SPDX-License-Identifier: MIT
#include "spool_test_support.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <sstream>

SpoolPlace::SpoolPlace(std::vector<std::string> more_variables) : variables_(std::move(more_variables)) {
  variables_.push_back("ATM_SOCKET=" + socket());
  std::vector<char*> list;
  list.reserve(variables_.size() + 1);
  for (auto& variable : variables_) list.push_back(variable.data());
  list.push_back(nullptr);
  hook_environment_read(&environment_, list.data());
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

void SpoolReader::take() {
  const std::string taken = directory_ + "/taken";
  if (access(taken.c_str(), F_OK) != 0 && rename((directory_ + "/records").c_str(), taken.c_str()) != 0)
    return;
  const int file = open(taken.c_str(), O_RDONLY | O_CLOEXEC);
  while (flock(file, LOCK_EX | LOCK_NB) != 0) usleep(50);
  std::array<char, 65536> buffer;
  for (ssize_t size; (size = read(file, buffer.data(), buffer.size())) > 0;)
    text_.append(buffer.data(), static_cast<std::size_t>(size));
  unlink(taken.c_str());
  close(file);
}
