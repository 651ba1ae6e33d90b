// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace atm {

/// A queue that carries items from other threads to the thread of a transport.
///
/// Most items are answers of the registry, whose thread must not wait for a transport. Senders hold the queue by
/// shared_ptr and may outlive the transport: after close(), post() drops its item. All methods are safe on any thread.
template <class Item>
class CrossThreadQueue final {
 public:
  /// `wake` is called on a sender's thread when the first item of a batch arrives. It runs under the lock of the queue:
  /// it must not block and must not call the queue. [any]
  explicit CrossThreadQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// Appends an item; drops it after close(). [any]
  void post(Item item) {
    const std::lock_guard lock(mutex_);
    if (!wake_) return;
    waiting_.push_back(std::move(item));
    if (waiting_.size() == 1) wake_();
  }
  /// Removes and returns all items, in the order of arrival. [transport]
  [[nodiscard]] std::vector<Item> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
  }
  /// Drops all items. After the return `wake` is not running and is not called. [transport]
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
