// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>

namespace atm::test {

/// Random choices that a seed repeats.
class Dice final {
 public:
  explicit Dice(std::uint32_t seed) : random_(seed) {}

  [[nodiscard]] std::size_t below(std::size_t bound) { return random_() % bound; }
  [[nodiscard]] bool one_in(std::uint32_t n) { return random_() % n == 0; }
  [[nodiscard]] std::uint32_t between(std::uint32_t least, std::uint32_t most) {
    return least + static_cast<std::uint32_t>(random_()) % (most - least + 1);
  }
  void wait(std::uint32_t least_ms, std::uint32_t most_ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(between(least_ms, most_ms)));
  }

 private:
  std::mt19937 random_;
};

}  // namespace atm::test
