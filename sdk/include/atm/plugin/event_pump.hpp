// SPDX-License-Identifier: MIT
// Reads the events of a subscription on a thread of its own.
#pragma once

#include <atm/host/events.h>

#include <atm/plugin/host.hpp>
#include <atm/plugin/thread.hpp>
#include <atm/plugin/values.hpp>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace atm {

/// A subscription and the thread that reads it, for a transport without clients of its own.
class EventPump final {
 public:
  /// Takes one event; borrowed for the duration of the call.
  using Take = std::function<void(const atm_event&)>;

  explicit EventPump(const Host& host) : host_(host) {}
  ~EventPump() { stop(); }
  EventPump(const EventPump&) = delete;
  EventPump& operator=(const EventPump&) = delete;

  /// Subscribes, and calls `take` for each event on a thread with the name `thread`: first for the snapshot, then for
  /// each change. While `take` blocks, the events wait in the host's bounded queue, whose overflow becomes a gap. If
  /// `take` throws, the pump logs the text and reads no more. `options.ready` and `options.context` are ignored. kFull,
  /// kClosed, kInvalid: the reason is in `error`. Throws ThreadError. Once. [main]
  [[nodiscard]] Status start(const char* thread, atm_subscription_options options, Take take,
                             ErrorText& error) {
    options.size = sizeof options;
    options.ready = [](void* self, std::uint64_t) { static_cast<EventPump*>(self)->wake(); };
    options.context = this;
    take_ = std::move(take);
    ErrorBuffer why;
    const Status status = host_.subscribe(options, id_, why);
    if (status != Status::kOk) {
      id_ = 0;
      error.set(why.view());
      return status;
    }
    try {
      thread_ = start_thread(thread, [this] { run(); });
    } catch (...) {
      static_cast<void>(host_.unsubscribe(std::exchange(id_, 0)));
      throw;
    }
    return Status::kOk;
  }

  /// Joins the thread after the current call of `take`, and ends the subscription. Idempotent. [main]
  void stop() noexcept {
    if (id_ == 0) return;
    is_stopping_ = true;
    wake();
    thread_.join();
    static_cast<void>(host_.unsubscribe(std::exchange(id_, 0)));
  }

 private:
  void wake() noexcept {
    const std::lock_guard lock(mutex_);
    is_ready_ = true;
    ready_.notify_one();
  }

  void run() noexcept {
    while (!is_stopping_) {
      const Status status = host_.drain(id_, 0, [this](const atm_event& event) { return pass(event); });
      if (status == Status::kOk) continue;
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return is_ready_; });
      is_ready_ = false;
    }
  }

  /// kBusy ends the drain.
  Status pass(const atm_event& event) noexcept {
    try {
      take_(event);
    } catch (const std::exception& e) {
      is_stopping_ = true;
      host_.log(LogLevel::kError, e.what());
    }
    return is_stopping_ ? Status::kBusy : Status::kOk;
  }

  const Host host_;
  Take take_;
  std::uint64_t id_ = 0;  // 0: not subscribed
  std::atomic<bool> is_stopping_ = false;
  std::mutex mutex_;  // guards is_ready_
  std::condition_variable ready_;
  bool is_ready_ = false;
  std::thread thread_;
};

}  // namespace atm
