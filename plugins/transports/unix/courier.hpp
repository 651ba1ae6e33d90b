// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/values.hpp>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace unix_socket {

/// What another thread has for a client: the registry's answer, a finished look for agents, or "there are
/// events".
struct Delivery {
  enum class Kind : std::uint8_t { kEvents, kObserved, kSnapshot, kDiscovered };

  std::uint64_t client = 0;
  std::uint64_t reply =
      0;  ///< the place among the client's replies that it is for; a subscription's id for kEvents
  Kind kind = Kind::kEvents;
  atm::Status status = atm::Status::kOk;
  std::uint64_t found = 0;
  std::uint64_t failed = 0;
  std::vector<std::string> texts{};
};

/// Brings deliveries to the transport's thread. Senders hold it by shared_ptr and may outlive the transport:
/// once it is closed, what they bring is dropped.
class Courier final {
 public:
  /// `wake` is called, by a sender, when the first delivery of a batch has come; it must not block. [any]
  explicit Courier(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(Delivery delivery) {
    const std::lock_guard lock(mutex_);
    if (!wake_) return;
    waiting_.push_back(std::move(delivery));
    if (waiting_.size() == 1) wake_();
  }
  /// All there are. [transport]
  [[nodiscard]] std::vector<Delivery> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
  }
  /// After the return `wake` is not called again. [transport]
  void close() {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
    waiting_.clear();
  }

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<Delivery> waiting_;
};

}  // namespace unix_socket
