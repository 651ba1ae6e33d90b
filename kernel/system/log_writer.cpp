// SPDX-License-Identifier: MIT
#include "kernel/system/log_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <atm/posix/thread.hpp>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace atm::kernel {

struct LogWriter::State {
  explicit State(Output o) : output(std::move(o)) {}

  [[nodiscard]] bool is_idle() const { return lines.empty() && !is_writing; }

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return is_closed || !lines.empty(); });
      if (lines.empty()) return;
      const std::string line = std::move(lines.front());
      lines.pop_front();
      is_writing = true;
      lock.unlock();
      const bool is_written = output(line);
      lock.lock();
      is_writing = false;
      if (!is_written) ++dropped;
      if (!lines.empty()) continue;
      is_behind = false;
      idle.notify_all();
    }
  }

  const Output output;
  std::mutex mutex;  // guards the members below; never held during output
  std::condition_variable changed;
  std::condition_variable idle;
  std::deque<std::string> lines;
  std::uint64_t dropped = 0;  // since the last queued line
  bool is_writing = false;
  bool is_behind = false;  // the output blocks, so push() does not wait for it
  bool is_closed = false;
};

LogWriter::LogWriter(Output output)
    : state_(std::make_shared<State>(std::move(output))),
      thread_(posix::start_thread("atm-log", [state = state_] { state->run(); })) {}

LogWriter::~LogWriter() {
  constexpr std::chrono::milliseconds kLastLines{500};
  close(kLastLines);
}

void LogWriter::push(std::string_view head, std::string_view text) {
  constexpr std::chrono::milliseconds kLongestDelay{50};
  std::unique_lock lock(state_->mutex);
  if (state_->is_closed || state_->lines.size() >= kMaxLines) {
    ++state_->dropped;
    return;
  }
  std::string line(head);
  if (state_->dropped > 0) line.append("dropped=").append(std::to_string(state_->dropped)) += ' ';
  line.append(text) += '\n';
  state_->lines.push_back(std::move(line));
  state_->dropped = 0;
  state_->changed.notify_one();
  if (state_->is_behind) return;
  state_->is_behind = !state_->idle.wait_for(lock, kLongestDelay, [this] { return state_->is_idle(); });
}

bool LogWriter::flush(std::chrono::milliseconds limit) {
  std::unique_lock lock(state_->mutex);
  return state_->idle.wait_for(lock, limit, [this] { return state_->is_idle(); });
}

void LogWriter::close(std::chrono::milliseconds limit) {
  if (!thread_.joinable()) return;
  static_cast<void>(flush(limit));
  bool is_idle = false;
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_closed = true;
    state_->lines.clear();
    is_idle = state_->is_idle();
    state_->changed.notify_one();
  }
  is_idle ? thread_.join() : thread_.detach();
}

LogWriter::Output write_to(int fd) {
  return [fd](std::string_view line) {
    while (!line.empty()) {
      const ssize_t written = ::write(fd, line.data(), line.size());
      if (written > 0) {
        line.remove_prefix(static_cast<std::size_t>(written));
      } else if (written < 0 && errno == EAGAIN) {
        // Another process may have made the open file non-blocking.
        pollfd room{fd, POLLOUT, 0};
        static_cast<void>(::poll(&room, 1, -1));
      } else if (written == 0 || errno != EINTR) {
        return false;
      }
    }
    return true;
  };
}

}  // namespace atm::kernel
