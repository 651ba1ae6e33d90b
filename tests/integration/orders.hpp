// SPDX-License-Identifier: MIT
// Commands to a program that a test has started, over two pipes.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string>

#include "wire_client.hpp"

namespace atm::test {

/// Sends a line and waits for a one-line answer, newline included; throws after the deadline.
[[nodiscard]] inline std::string answer_to(const std::string& order, int input, int output) {
  const std::string text = order + '\n';
  if (::write(input, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("the agent takes no orders");
  std::string answer;
  while (answer.empty() || answer.back() != '\n') {
    pollfd wait{output, POLLIN, 0};
    std::array<char, 64> block{};
    const ssize_t got = ::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(kTimeout).count())) > 0
                            ? ::read(output, block.data(), block.size())
                            : 0;
    if (got <= 0) throw std::runtime_error("the agent does not answer");
    answer.append(block.data(), static_cast<std::size_t>(got));
  }
  return answer;
}

}  // namespace atm::test
