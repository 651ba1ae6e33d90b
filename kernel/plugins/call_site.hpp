// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace atm::kernel {

/// One function of one plugin that the daemon calls, and what is known of the calls that took too long. It outlives
/// its last call.
struct CallSite {
  CallSite(std::string plugin_id, const char* function_name, bool ends_daemon, std::string channel_name = {})
      : plugin(std::move(plugin_id)),
        function(function_name),
        channel(std::move(channel_name)),
        is_fatal(ends_daemon) {}

  const std::string plugin;
  const char* const function;  ///< "parse"
  const std::string channel;   ///< of a parser; else empty
  const bool is_fatal;         ///< whether the daemon is useless while a call hangs

  mutable std::atomic<std::uint64_t> hung_calls{0};   ///< calls that were named, one under way included
  mutable std::atomic<std::int64_t> last_hung_ms{0};  ///< how long the last of those has lasted
  mutable std::atomic<bool> is_hanging{false};
};

/// What one thread of the process is calling. The slots form a list that only grows; the slot of a thread that has
/// ended serves another. The crash handler reads it, so every member is atomic and no function here allocates, but for
/// the first call on a thread.
struct CallSlot {
  std::atomic<const CallSite*> site{nullptr};
  std::atomic<std::uint64_t> number{0};  ///< of the call: calls on one thread have different ones
  std::atomic<bool> is_used{true};
  CallSlot* next = nullptr;

  /// The newest slot, or null. Async-signal-safe.
  [[nodiscard]] static const CallSlot* first() noexcept;
  /// That of this thread, or null where it has called no plugin. Async-signal-safe.
  [[nodiscard]] static const CallSlot* of_this_thread() noexcept;
};

/// The calls that all threads are in, as fields of a log line, each with a space behind it; at most three.
[[nodiscard]] std::string calls_under_way();

/// Marks this thread as being in a call for as long as it lives. Calls may be nested: a source may hand over a record.
/// The first one on a thread gives it a signal stack, on which a stack overflow can be reported. [any]
class CallScope final {
 public:
  explicit CallScope(const CallSite& site) noexcept;
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  CallSlot* slot_;  // null: there was no memory for one
  const CallSite* outer_ = nullptr;
  std::uint64_t outer_number_ = 0;
};

}  // namespace atm::kernel
