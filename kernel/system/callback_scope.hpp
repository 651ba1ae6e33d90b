// SPDX-License-Identifier: MIT
#pragma once

namespace atm::kernel {

/// Marks this thread as inside a callback of the kernel into a plugin: on the registry's, the timer or a watch thread.
/// Such a callback must not wait for another plugin, which may wait for that thread.
class CallbackScope final {
 public:
  CallbackScope() noexcept { ++depth; }
  ~CallbackScope() { --depth; }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;

  [[nodiscard]] static bool is_active() noexcept { return depth != 0; }

 private:
  static inline thread_local int depth = 0;
};

}  // namespace atm::kernel
