// SPDX-License-Identifier: MIT
#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <optional>

namespace atm::cli {

namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ptr != end || value == 0) return std::nullopt;
  return value;
}

int first_error = 0;

winsize size_of_output() noexcept {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) size = {};
  return size;
}

}  // namespace

bool output_is_terminal() noexcept {
  return isatty(STDOUT_FILENO) == 1;
}

Canvas output_canvas() {
  Canvas canvas;
  canvas.columns = number(variable("COLUMNS"));
  if (!output_is_terminal()) return canvas;
  if (const winsize size = size_of_output(); size.ws_col > 0) canvas.columns = size.ws_col;
  if (!canvas.columns) canvas.columns = 80;
  canvas.colour = variable("NO_COLOR").empty() && variable("TERM") != "dumb";
  return canvas;
}

std::size_t output_rows() noexcept {
  constexpr std::size_t kUsualRows = 24;
  const winsize size = size_of_output();
  return size.ws_row > 0 ? size.ws_row : kUsualRows;
}

bool put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      if (first_error == 0) first_error = errno;
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

int output_error() noexcept {
  return first_error;
}

}  // namespace atm::cli
