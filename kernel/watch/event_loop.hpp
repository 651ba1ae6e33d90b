// SPDX-License-Identifier: MIT
#pragma once

#include <atm/posix/file_descriptor.hpp>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace atm::kernel {

class Clock;

/// A thread that waits for descriptors, timers and posted tasks. It holds no lock during calls. Before a thread runs
/// it, the caller of turn() acts as the loop, so that a test can proceed step by step.
class EventLoop final {
 public:
  using Task = std::function<void()>;
  using Token = std::uint64_t;  ///< of a descriptor or a timer; never 0

  explicit EventLoop(const Clock& clock);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Runs `task` on the loop after all earlier ones. Returns false if the loop is closed. [any]
  bool post(Task task);

  /// Posts a task and waits for its end; on the loop itself it runs directly. Returns false if the loop is closed.
  /// [any]
  bool call(const Task& task);

  [[nodiscard]] bool is_on_loop() const noexcept;

  [[nodiscard]] std::int64_t now_ns() const;

  /// Calls `ready` whenever `fd` is readable. 0: the system refused. [loop]
  [[nodiscard]] Token add_fd(int fd, Task ready);
  /// Must be called before `fd` is closed. [loop]
  void remove_fd(Token token, int fd);

  /// Calls `task` once after delay_ns, never within this iteration. [loop]
  Token after(std::int64_t delay_ns, Task task);
  /// Ignores 0 and a timer that has run. [loop]
  void cancel(Token timer);

  /// Waits for work at most max_wait_ns (below 0: without limit), does it and returns the number of calls. [loop]
  std::size_t turn(std::int64_t max_wait_ns);

  /// Runs the loop until close(); all tasks posted before have then run. `started` is called first on this thread.
  void run(const Task& started);
  /// Accepts no more tasks. [any]
  void close();

 private:
  using Due = std::pair<std::int64_t, Token>;

  [[nodiscard]] int wait_ms(std::int64_t max_wait_ns) const;
  std::size_t run_posted();
  std::size_t run_due();
  void wake() const;

  const Clock& clock_;
  posix::FileDescriptor epoll_;
  posix::FileDescriptor wake_;  ///< eventfd
  std::atomic<std::thread::id> thread_{};

  // [loop]
  Token last_token_ = 0;
  std::unordered_map<Token, std::shared_ptr<const Task>> ready_;
  std::map<Due, Task> due_;
  std::unordered_map<Token, std::int64_t> due_of_;

  std::mutex mutex_;  // guards the members below
  std::condition_variable called_;
  std::vector<Task> posted_;
  bool is_closed_ = false;
};

}  // namespace atm::kernel
