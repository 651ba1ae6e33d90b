// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "protocol/outbox.hpp"

namespace unix_socket {

/// Keeps replies in the order of their requests, although the registry answers in another order. Without pending
/// requests, a reply goes straight to the outbox.
class ReplyQueue final {
 public:
  explicit ReplyQueue(Outbox& out) : out_(out) {}

  /// An immediate reply: `write` appends it to a string.
  template <class Write>
  void now(Write&& write) {
    if (slots_.empty()) return out_.append(write);
    Slot& slot = slots_.emplace_back();
    slot.number = ++last_;
    slot.is_ready = true;
    write(slot.texts.emplace_back());
    held_ += slot.texts.back().size();
  }

  /// Reserves a slot for a later reply.
  [[nodiscard]] std::uint64_t later() {
    slots_.emplace_back().number = ++last_;
    return last_;
  }
  /// Removes the slot reserved last.
  void forget_last() { slots_.pop_back(); }
  /// A part of the reply of a slot, in their order; ignored if the slot no longer exists.
  void add(std::uint64_t number, std::string text) {
    Slot* const slot = find(number);
    if (slot == nullptr) return;
    if (slot == &slots_.front()) return out_.push(std::move(text));
    held_ += text.size();
    slot->texts.push_back(std::move(text));
  }
  /// The rest of the reply of a slot; ignored if the slot no longer exists.
  void fill(std::uint64_t number, std::vector<std::string> texts) {
    Slot* const slot = find(number);
    if (slot == nullptr) return;
    for (std::string& text : texts) add(number, std::move(text));
    slot->is_ready = true;
    release();
  }
  void fill(std::uint64_t number, std::string text) {
    std::vector<std::string> texts;
    texts.push_back(std::move(text));
    fill(number, std::move(texts));
  }

  /// Whether all slots before this one are answered.
  [[nodiscard]] bool is_next(std::uint64_t number) const noexcept {
    return !slots_.empty() && slots_.front().number == number;
  }
  [[nodiscard]] std::size_t outstanding() const noexcept { return slots_.size(); }
  /// Bytes that wait behind a pending reply.
  [[nodiscard]] std::size_t held_bytes() const noexcept { return held_; }

 private:
  struct Slot {
    std::uint64_t number = 0;
    bool is_ready = false;
    std::vector<std::string> texts{};
  };

  /// The slot, unless it is ready.
  [[nodiscard]] Slot* find(std::uint64_t number) noexcept {
    for (Slot& slot : slots_) {
      if (slot.number == number && !slot.is_ready) return &slot;
    }
    return nullptr;
  }
  /// Moves what the first slots hold to the outbox, up to a slot that is not ready.
  void release() {
    while (!slots_.empty()) {
      Slot& slot = slots_.front();
      for (std::string& text : slot.texts) {
        held_ -= text.size();
        out_.push(std::move(text));
      }
      slot.texts.clear();
      if (!slot.is_ready) return;
      slots_.pop_front();
    }
  }

  Outbox& out_;
  std::deque<Slot> slots_;
  std::uint64_t last_ = 0;
  std::size_t held_ = 0;
};

}  // namespace unix_socket
