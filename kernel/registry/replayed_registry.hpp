// SPDX-License-Identifier: MIT
#pragma once

#include <atm/host/events.h>
#include <atm/iface/store.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/registry/event_output.hpp"
#include "kernel/registry/registry.hpp"

namespace atm::kernel {

/// Folds stored inputs again, without analyzers and processes: what they answered is part of the inputs. For one thread.
class ReplayedRegistry final : private EventOutput {
 public:
  /// A state event of a session, in the terms of atm/host/events.h.
  struct Event {
    std::uint32_t kind = 0;
    std::uint64_t seq = 0;
    std::uint64_t rev = 0;
    std::string session{};
    std::string text{};  ///< the session object; SESSION_REMOVED: the reason
  };

  /// `options`: those of the registry that took the inputs.
  explicit ReplayedRegistry(RegistryOptions options = {}) : options_(std::move(options)) { clear(); }

  /// Replaces the state. False, without effect: the bytes are no checkpoint of this program.
  [[nodiscard]] bool restore(std::string_view checkpoint);
  void add(const atm_stored& input) { static_cast<void>(registry_->replay(input)); }
  /// The events since the last call. Of several state events of one session only the newest is left.
  [[nodiscard]] std::vector<Event> take_events();
  void drop_events() noexcept { changes_.clear(); }
  [[nodiscard]] bool has_events() const noexcept { return !changes_.empty(); }
  /// All sessions, as events SNAPSHOT_ITEM.
  [[nodiscard]] std::vector<Event> snapshot();
  [[nodiscard]] std::uint64_t seq() const noexcept { return registry_->seq(); }
  [[nodiscard]] std::string checkpoint() { return registry_->checkpoint({}); }

 private:
  struct Change {
    std::uint64_t seq = 0;
    const SessionEntry* entry = nullptr;  ///< null: a later change replaces it, or `removed` describes it
    bool is_new = false;
    Event removed{};
  };

  void clear();
  bool wants_activity(std::string_view /*session*/, std::string_view /*type*/) const override {
    return false;
  }
  void activity(std::uint64_t /*seq*/, std::uint64_t /*rev*/, const Observation& /*observation*/) override {}
  void state(std::uint64_t seq, SessionEntry& entry, bool registered) override;
  void removed(std::uint64_t seq, SessionEntry& entry, std::string_view reason) override;
  /// Returns whether a change since the last take_events() registered the session.
  bool withdraw(const SessionEntry& entry);

  const RegistryOptions options_;
  Analyzers analyzers_{[] { return std::int64_t{0}; }};
  Journal journal_;
  std::vector<Change> changes_;
  std::unique_ptr<Registry> registry_;
};

}  // namespace atm::kernel
