// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace atm::kernel {

/// One plugin function that the daemon calls, with statistics about its hung calls. It outlives its last call.
struct CallSite {
  CallSite(std::string plugin_id, const char* function_name, bool ends_daemon, std::string channel_name = {})
      : plugin(std::move(plugin_id)),
        function(function_name),
        channel(std::move(channel_name)),
        is_fatal(ends_daemon) {}

  const std::string plugin;
  const char* const function;  ///< "parse"
  const std::string channel;   ///< of a parser; else empty
  const bool is_fatal;         ///< whether a hung call blocks the daemon's service

  mutable std::atomic<std::uint64_t> hung_calls{0};   ///< hung calls, including a running one
  mutable std::atomic<std::int64_t> last_hung_ms{0};  ///< duration of the latest hung call
  mutable std::atomic<bool> is_hanging{false};
};

/// The current call of one thread. The slots form a list that only grows; a new thread reuses the slot of an ended one.
/// The crash handler reads the list, so every member is atomic and no function here allocates, except for the first
/// call on a thread.
struct CallSlot {
  std::atomic<const CallSite*> site{nullptr};
  std::atomic<std::uint64_t> number{0};  ///< unique among the calls of one thread
  std::atomic<bool> is_used{true};
  CallSlot* next = nullptr;

  /// The newest slot, or null. Async-signal-safe.
  [[nodiscard]] static const CallSlot* first() noexcept;
  /// The slot of this thread, or null if it has called no plugin. Async-signal-safe.
  [[nodiscard]] static const CallSlot* of_this_thread() noexcept;
};

/// The running calls of all threads as fields of a log line, each followed by a space; at most three.
[[nodiscard]] std::string calls_under_way();

/// Marks this thread as inside a call during its lifetime. Calls may be nested: a source may pass a record. The first
/// one on a thread installs a signal stack, so that a stack overflow can be reported. [any]
class CallScope final {
 public:
  explicit CallScope(const CallSite& site) noexcept;
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  CallSlot* slot_;  // null: out of memory
  const CallSite* outer_ = nullptr;
  std::uint64_t outer_number_ = 0;
};

}  // namespace atm::kernel
