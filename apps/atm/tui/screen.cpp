// SPDX-License-Identifier: MIT
#include "screen.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace atm::cli::tui {

namespace {

// The title is stored and restored, then: alternate screen, no wrap at the right edge, hidden cursor, mouse reports,
// marked pastes.
constexpr std::string_view kEnter =
    "\x1b[22;0t\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[2J";
constexpr std::string_view kLeave =
    "\x1b[?2026l\x1b[m\x1b[?7h\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?25h\x1b[?"
    "1049l\x1b[23;0t";
// Whether mode 2026 is supported. Every terminal answers the second query, so its answer ends the wait.
constexpr std::string_view kQueries = "\x1b[?2026$p\x1b[c";
constexpr int kFaults[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

// For the signal handler, which may use nothing else.
int terminal_of_handler = -1;
bool has_modes = false;
termios modes_of_handler{};

void restore_and_die(int signal) {
  if (terminal_of_handler >= 0) {
    if (has_modes) ::tcsetattr(terminal_of_handler, TCSANOW, &modes_of_handler);
    const ssize_t ignored = ::write(terminal_of_handler, kLeave.data(), kLeave.size());
    static_cast<void>(ignored);
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

// A new open file description: O_NONBLOCK on the inherited one would also change the shell's.
int open_terminal() {
  return ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

std::string base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned value = 0;
    const std::size_t count = std::min<std::size_t>(3, text.size() - i);
    for (std::size_t j = 0; j < 3; ++j)
      value = value << 8U | (j < count ? static_cast<unsigned char>(text[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) out += j <= count ? kAlphabet[value >> (18 - 6 * j) & 63U] : '=';
  }
  return out;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // A terminal that was stopped (Ctrl-S) must not keep the program from ending.
      pollfd wait{fd, POLLOUT, 0};
      if (::poll(&wait, 1, 200) <= 0) return;
    } else if (errno != EINTR) {
      return;
    }
  }
}

}  // namespace

Result<void> Screen::check() {
  const FileDescriptor terminal(open_terminal());
  if (::isatty(STDOUT_FILENO) == 1 && terminal.get() >= 0) return {};
  return Error{ErrorCode::kIo, "standard output is not a terminal that can be opened: " +
                                   std::string(std::strerror(errno)) + "; use atm list"};
}

Screen::Screen(Theme theme) : encoder_(std::move(theme)), output_(open_terminal()) {
  if (::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0) input_ = STDIN_FILENO;
  terminal_of_handler = output_.get();
  has_modes = input_ >= 0;
  modes_of_handler = before_;
  struct sigaction action {};
  action.sa_handler = restore_and_die;
  for (const int signal : kFaults) ::sigaction(signal, &action, nullptr);
  enter();
}

Screen::~Screen() {
  leave();
  terminal_of_handler = -1;
}

void Screen::enter() {
  if (input_ >= 0) {
    termios raw = before_;
    ::cfmakeraw(&raw);
    ::tcsetattr(input_, TCSAFLUSH, &raw);
  }
  pending_ = kEnter;
  if (input_ >= 0) pending_ += kQueries;
  shown_.reset();
}

void Screen::leave() {
  // The rest of a frame is lost, but its sequence must not be torn: the terminal reads it before the next one.
  write_all(output_.get(), pending_);
  pending_.clear();
  write_all(output_.get(), kLeave);
  if (input_ >= 0) ::tcsetattr(input_, TCSAFLUSH, &before_);
}

void Screen::use(Theme theme) {
  encoder_ = Encoder(std::move(theme));
  forget();
}

Grid Screen::empty_grid() const {
  winsize size{};
  if (::ioctl(output_.get(), TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    size.ws_col = 80;
    size.ws_row = 24;
  }
  constexpr std::size_t kMost = 1000;
  return {std::min<std::size_t>(size.ws_col, kMost), std::min<std::size_t>(size.ws_row, kMost)};
}

void Screen::copy(std::string_view text) {
  send("\x1b]52;c;" + base64(text) + "\a");
}

void Screen::show(const Grid& grid) {
  if (is_writing() && shown_) return;
  pending_ += encoder_.frame(shown_ ? &*shown_ : nullptr, grid, is_synchronized_);
  shown_ = grid;
}

bool Screen::flush() {
  while (!pending_.empty()) {
    const ssize_t written = ::write(output_.get(), pending_.data(), pending_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) return true;
    if (written <= 0) return false;
    pending_.erase(0, static_cast<std::size_t>(written));
  }
  return true;
}

std::optional<std::vector<Event>> Screen::read() {
  std::array<char, 4096> block{};
  const ssize_t got = ::read(input_, block.data(), block.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return std::vector<Event>{};
  if (got <= 0) return std::nullopt;
  return parser_.feed({block.data(), static_cast<std::size_t>(got)});
}

}  // namespace atm::cli::tui
