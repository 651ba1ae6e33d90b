// SPDX-License-Identifier: MIT
#pragma once

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

#include "kernel/runtime/unique_fd.hpp"

namespace atm::kernel {

class Clock;

/// One thread that waits for descriptors, for a time and for what others ask of it. All it calls, it calls
/// with no lock held. Until a thread runs it, whoever calls turn() is the loop: so a test goes step by step.
class EventLoop final {
 public:
  using Task = std::function<void()>;
  using Token = std::uint64_t;  ///< of a descriptor or a timer; never 0

  explicit EventLoop(const Clock& clock);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Run `task` on the loop, after what was posted before. False: closed, it will not run. [any]
  bool post(Task task);

  /// post() and wait until it has run; on the loop itself it runs here. False: closed. [any]
  bool call(const Task& task);

  [[nodiscard]] bool is_on_loop() const noexcept;

  [[nodiscard]] std::int64_t now_ns() const;

  /// Call `ready` whenever `fd` can be read. 0: the system refused. [loop]
  [[nodiscard]] Token add_fd(int fd, Task ready);
  /// Before `fd` is closed. [loop]
  void remove_fd(Token token, int fd);

  /// Call `task` once when the clock has gone on by delay_ns, never before this turn is over. [loop]
  Token after(std::int64_t delay_ns, Task task);
  /// 0 and one that has run are nothing. [loop]
  void cancel(Token timer);

  /// Wait for work, at most max_wait_ns (below 0: as long as it takes), and do it; gives how many calls that
  /// were. [loop]
  std::size_t turn(std::int64_t max_wait_ns);

  /// Be the loop until close(); what was posted before that has run at the return. `started` is told when
  /// this thread is the loop.
  void run(const Task& started);
  /// Take nothing more. [any]
  void close();

 private:
  using Due = std::pair<std::int64_t, Token>;

  [[nodiscard]] int wait_ms(std::int64_t max_wait_ns) const;
  std::size_t run_posted();
  std::size_t run_due();
  void wake() const;

  const Clock& clock_;
  UniqueFd epoll_;
  UniqueFd wake_;  ///< eventfd
  std::atomic<std::thread::id> thread_{};

  // [loop]
  Token last_token_ = 0;
  std::unordered_map<Token, std::shared_ptr<const Task>> ready_;
  std::map<Due, Task> due_;
  std::unordered_map<Token, std::int64_t> due_of_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable called_;
  std::vector<Task> posted_;
  bool is_closed_ = false;
};

}  // namespace atm::kernel
