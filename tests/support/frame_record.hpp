// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

namespace atm::test {

/// Appends a frame and the text that it must show to the file that ATM_FRAMES names, for tests/emulators/compare. Frames
/// of the same name follow each other on one screen.
inline void record_frame(const std::string& name, std::size_t width, std::size_t height,
                         const std::string& bytes, const std::string& text) {
  const char* const file = std::getenv("ATM_FRAMES");
  if (file == nullptr) return;
  std::ofstream(file, std::ios::binary | std::ios::app)
      << name << ' ' << width << ' ' << height << ' ' << bytes.size() << ' ' << text.size() << '\n'
      << bytes << text;
}

}  // namespace atm::test
