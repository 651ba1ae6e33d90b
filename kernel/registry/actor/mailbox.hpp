// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace atm::kernel {

enum class Lane : std::uint8_t { kControl, kData };
enum class Push : std::uint8_t { kTaken, kFull, kClosed };

/// A bounded queue with two lanes from many producers to one consumer. A producer never waits for the consumer, and a
/// flood of data does not delay control messages. So push refuses a message when its lane is full, and the consumer
/// takes both lanes at once by swapping vectors, control first. The swapped vectors keep their memory.
template <class Message>
class Mailbox final {
 public:
  struct Batch {
    std::vector<Message> control;
    std::vector<Message> data;
    [[nodiscard]] bool empty() const noexcept { return control.empty() && data.empty(); }
    void clear() noexcept {
      control.clear();
      data.clear();
    }
    /// Both are empty. A burst needs memory for thousands of messages, an idle queue for a few.
    void shrink() noexcept {
      constexpr std::size_t kKept = 128;
      for (auto* messages : {&control, &data}) {
        if (messages->capacity() > kKept) std::vector<Message>().swap(*messages);
      }
    }
  };

  /// `capacity` messages in each lane.
  explicit Mailbox(std::size_t capacity) : capacity_(capacity) {}

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  /// Leaves `message` unchanged if it is refused. [any]
  [[nodiscard]] Push push(Lane lane, Message&& message) {
    std::unique_lock lock(mutex_);
    if (const Push refused = admit(lane, 1); refused != Push::kTaken) return refused;
    lane_of(lane).push_back(std::move(message));
    wake(std::move(lock));
    return Push::kTaken;
  }

  /// Takes all messages in sequence, or none and leaves them in `messages`. [any]
  [[nodiscard]] Push push_all(Lane lane, std::vector<Message>&& messages) {
    std::unique_lock lock(mutex_);
    if (const Push refused = admit(lane, messages.size()); refused != Push::kTaken) return refused;
    auto& to = lane_of(lane);
    to.insert(to.end(), std::make_move_iterator(messages.begin()), std::make_move_iterator(messages.end()));
    wake(std::move(lock));
    return Push::kTaken;
  }

  /// Makes the next wait return at once even without messages. Several pokes count as one. Never refused. [any]
  void poke() {
    std::unique_lock lock(mutex_);
    poked_ = true;
    wake(std::move(lock));
  }

  /// Destroys the messages in `batch` and swaps the queued ones into it; none after `at_most` without messages. Returns
  /// false once closed and empty. After a flood it sleeps for a moment first: the next messages then arrive as one batch
  /// and without a wake-up by their producer. [consumer]
  [[nodiscard]] bool wait_take(Batch& batch, std::optional<std::chrono::nanoseconds> at_most = {}) {
    const bool is_flood = batch.data.size() >= kFlood;
    batch.clear();
    if (is_flood) std::this_thread::sleep_for(kGatherTime);
    std::unique_lock lock(mutex_);
    const auto is_due = [this] { return poked_ || closed_ || !pending_.empty(); };
    bool is_late = false;
    if (!is_due()) {
      batch.shrink();
      pending_.shrink();
    }
    while (!is_due() && !is_late) {
      is_asleep_ = true;
      if (at_most) {
        is_late = awake_.wait_for(lock, *at_most) == std::cv_status::timeout;
      } else {
        awake_.wait(lock);
      }
    }
    is_asleep_ = false;
    return take_locked(batch) || !closed_;
  }

  /// Like wait_take() without waiting; returns false without a message or poke. [consumer]
  [[nodiscard]] bool take(Batch& batch) {
    batch.clear();
    const std::lock_guard lock(mutex_);
    return take_locked(batch);
  }

  /// Refuses every later push; queued messages can still be taken. [any]
  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    wake(std::move(lock));
  }

  /// Number of messages in the data lane. [any]
  [[nodiscard]] std::size_t depth() const {
    const std::lock_guard lock(mutex_);
    return pending_.data.size();
  }

 private:
  [[nodiscard]] std::vector<Message>& lane_of(Lane lane) noexcept {
    return lane == Lane::kControl ? pending_.control : pending_.data;
  }
  [[nodiscard]] Push admit(Lane lane, std::size_t count) noexcept {
    if (closed_) return Push::kClosed;
    return lane_of(lane).size() + count > capacity_ ? Push::kFull : Push::kTaken;
  }
  // Waking a thread is the most expensive step of a push, so a push wakes only a sleeping consumer, and once.
  void wake(std::unique_lock<std::mutex> lock) {
    const bool is_asleep = std::exchange(is_asleep_, false);
    lock.unlock();
    if (is_asleep) awake_.notify_one();
  }
  [[nodiscard]] bool take_locked(Batch& batch) noexcept {
    const bool something = std::exchange(poked_, false) || !pending_.empty();
    std::swap(batch, pending_);
    return something;
  }

  static constexpr std::size_t kFlood = 32;
  static constexpr std::chrono::microseconds kGatherTime{50};

  const std::size_t capacity_;
  mutable std::mutex mutex_;  // guards the members below
  std::condition_variable awake_;
  bool is_asleep_ = false;
  Batch pending_;
  bool poked_ = false;
  bool closed_ = false;
};

}  // namespace atm::kernel
