// SPDX-License-Identifier: MIT
#include "kernel/system/call_site.hpp"

#include <csignal>
#include <memory>
#include <new>

namespace atm::kernel {
namespace {

constexpr std::size_t kSignalStackBytes = 64 * 1024;

std::atomic<CallSlot*> newest_slot{nullptr};
thread_local CallSlot* slot_of_this_thread = nullptr;

CallSlot* take_slot() noexcept {
  for (CallSlot* slot = newest_slot.load(std::memory_order_acquire); slot != nullptr; slot = slot->next) {
    bool is_used = false;
    if (slot->is_used.compare_exchange_strong(is_used, true)) return slot;
  }
  auto* const slot = new (std::nothrow) CallSlot;
  if (slot == nullptr) return nullptr;
  slot->next = newest_slot.load(std::memory_order_relaxed);
  while (!newest_slot.compare_exchange_weak(slot->next, slot)) {
  }
  return slot;
}

// A slot and a signal stack for the lifetime of the thread. A sanitizer's own signal stack stays.
class ThreadState final {
 public:
  ThreadState() noexcept : slot_(take_slot()) {
    slot_of_this_thread = slot_;
    // A plugin's thread may block all signals; a blocked fault ends the process without a report.
    sigset_t faults{};
    sigemptyset(&faults);
    for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS})
      sigaddset(&faults, fault);
    ::pthread_sigmask(SIG_UNBLOCK, &faults, nullptr);
    stack_t old{};
    if (::sigaltstack(nullptr, &old) != 0 || (old.ss_flags & SS_DISABLE) == 0) return;
    stack_.reset(new (std::nothrow) char[kSignalStackBytes]);
    if (!stack_) return;
    stack_t own{};
    own.ss_sp = stack_.get();
    own.ss_size = kSignalStackBytes;
    ::sigaltstack(&own, nullptr);
  }
  ~ThreadState() {
    if (stack_) {
      stack_t none{};
      none.ss_flags = SS_DISABLE;
      ::sigaltstack(&none, nullptr);
    }
    // exit() runs this before the handler that reports the call, so the pointer to the slot stays.
    if (slot_ != nullptr) slot_->is_used.store(false, std::memory_order_release);
  }
  ThreadState(const ThreadState&) = delete;
  ThreadState& operator=(const ThreadState&) = delete;

  [[nodiscard]] CallSlot* slot() const noexcept { return slot_; }

 private:
  CallSlot* slot_;
  std::unique_ptr<char[]> stack_;
};

CallSlot* slot_here() noexcept {
  thread_local const ThreadState state;
  return state.slot();
}

}  // namespace

const CallSlot* CallSlot::first() noexcept {
  return newest_slot.load(std::memory_order_acquire);
}

const CallSlot* CallSlot::of_this_thread() noexcept {
  return slot_of_this_thread;
}

std::string calls_under_way() {
  constexpr int kMost = 3;
  std::string text;
  int count = 0;
  for (const CallSlot* slot = CallSlot::first(); slot != nullptr && count < kMost; slot = slot->next) {
    const CallSite* const site = slot->site.load(std::memory_order_acquire);
    if (site == nullptr) continue;
    text += "plugin=" + site->plugin + " call=" + site->function + ' ';
    if (!site->channel.empty()) text += "channel=" + site->channel + ' ';
    ++count;
  }
  return text;
}

CallScope::CallScope(const CallSite& site) noexcept : slot_(slot_here()) {
  if (slot_ == nullptr) return;
  // Only this thread writes to its slot.
  thread_local std::uint64_t calls = 0;
  outer_ = slot_->site.load(std::memory_order_relaxed);
  outer_number_ = slot_->number.load(std::memory_order_relaxed);
  slot_->number.store(++calls, std::memory_order_relaxed);
  slot_->site.store(&site, std::memory_order_release);
}

CallScope::~CallScope() {
  if (slot_ == nullptr) return;
  slot_->number.store(outer_number_, std::memory_order_relaxed);
  slot_->site.store(outer_, std::memory_order_release);
}

}  // namespace atm::kernel
