// SPDX-License-Identifier: MIT
#include "chaos/findings.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace atm::test {

void Findings::note(const std::string& event) {
  ++events_[event];
  current_ = event;
  if (is_verbose_) std::printf("  %8.3f %s\n", seconds(), event.c_str());
}

void Findings::fault(const std::string& text) {
  ++faults_;
  std::printf("  FAULT at %.3f s, %s: %s\n", seconds(), current_.c_str(), text.c_str());
  if (is_verbose_) std::printf("%s\n", log_end(1500).c_str());
  std::fflush(stdout);
}

std::string Findings::log_end(std::size_t bytes) const {
  std::ifstream in(log_, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return text.size() > bytes ? text.substr(text.size() - bytes) : text;
}

double Findings::seconds() const {
  return std::chrono::duration<double>(Clock::now() - begin_).count();
}

}  // namespace atm::test
