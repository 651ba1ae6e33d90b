// SPDX-License-Identifier: MIT
// Renders any status in any format: no line exceeds the width, and each contains only text and SGR sequences. The
// input: a byte of columns, whose highest bit enables colours; a format up to a NUL; the status.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "render.hpp"
#include "text.hpp"

namespace {

using namespace atm::cli;

// Removes an SGR sequence from the front; false if there is none.
bool take_style(std::string_view& rest) {
  if (!rest.starts_with("\x1b[")) return false;
  const std::size_t end = rest.find_first_not_of("0123456789;", 2);
  if (end == rest.npos || rest[end] != 'm') return false;
  rest.remove_prefix(end + 1);
  return true;
}

bool holds(std::string_view line, std::size_t columns, bool colour) {
  std::string text;
  while (!line.empty()) {
    if (colour && take_style(line)) continue;
    text += line.front();
    line.remove_prefix(1);
  }
  return terminal_safe(text) == text && display_width(text) <= columns;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  StatusScene scene;
  scene.canvas = {1U + data[0] % 128U, data[0] >= 128};
  const std::string_view format = input.substr(0, input.find('\0'));
  input.remove_prefix(format.size());
  scene.attention = input.substr(0, 64);
  scene.input = read_status_input(input.substr(input.empty() ? 0 : 1)).value_or(StatusInput{});
  const std::string out = render_status(parse_format(format), scene);
  for (std::string_view rest = out; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    if (end == rest.npos || !holds(rest.substr(0, end), *scene.canvas.columns, scene.canvas.colour))
      std::abort();
    rest.remove_prefix(end + 1);
  }
  return 0;
}
