// SPDX-License-Identifier: MIT
#include "kernel/registry/liveness.hpp"

#include <cstddef>

namespace atm::kernel {

char letter_of(Liveness liveness) noexcept {
  return "uasg"[static_cast<std::size_t>(liveness)];
}

Liveness liveness_of(char letter) noexcept {
  for (const Liveness liveness : {Liveness::kAlive, Liveness::kStopped, Liveness::kGone}) {
    if (letter_of(liveness) == letter) return liveness;
  }
  return Liveness::kUnknown;
}

bool LivenessAnswers::has_answer() const noexcept {
  return is_replay_ ? !letters_.empty() : verify_ != nullptr;
}

Liveness LivenessAnswers::ask(const ProcessPlace& where) {
  if (!has_answer()) return Liveness::kUnknown;
  if (!is_replay_) return verify_(where);
  const char letter = letters_.front();
  letters_.remove_prefix(1);
  return liveness_of(letter);
}

}  // namespace atm::kernel
