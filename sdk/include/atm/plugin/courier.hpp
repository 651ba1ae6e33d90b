// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace atm {

/// Brings what other threads have for a transport, the registry's answers for the most part, to the transport's own.
/// Senders hold it by shared_ptr and may outlive the transport: once it is closed, what they bring is dropped.
template <class Item>
class Courier final {
 public:
  /// `wake` is called, by a sender, when the first item of a batch has come; it must not block. [any]
  explicit Courier(std::function<void()> wake) : wake_(std::move(wake)) {}

  void post(Item item) {
    const std::lock_guard lock(mutex_);
    if (!wake_) return;
    waiting_.push_back(std::move(item));
    if (waiting_.size() == 1) wake_();
  }
  /// All there are. [transport]
  [[nodiscard]] std::vector<Item> take() {
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
  std::vector<Item> waiting_;
};

}  // namespace atm
