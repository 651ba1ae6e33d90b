// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/values.hpp>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace zeromq {

/// The registry's answer to the request of number `request`.
struct Answer {
  std::uint64_t request = 0;
  atm::Status status = atm::Status::kOk;
  std::uint64_t seq = 0;
  std::vector<std::string> texts{};  ///< session objects, or `sessions` messages
};

/// Brings answers to the loop. The registry holds it by shared_ptr and may outlive the transport: once it is
/// closed, what comes is dropped.
class Courier final {
 public:
  /// `wake` must not block. [any]
  explicit Courier(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(Answer answer) {
    const std::lock_guard lock(mutex_);
    if (!wake_) return;
    waiting_.push_back(std::move(answer));
    if (waiting_.size() == 1) wake_();
  }
  /// [loop]
  [[nodiscard]] std::vector<Answer> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
  }
  /// After the return `wake` is not called again. [main]
  void close() {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
    waiting_.clear();
  }

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<Answer> waiting_;
};

}  // namespace zeromq
