// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/session.hpp>
#include <atm/domain/session_infrastructure.hpp>
#include <atm/domain/timestamp.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace atm::kernel {

/// A tool that was started and has no result yet.
struct OpenTool {
  std::string actor;
  std::string id;  ///< empty where the agent gives none
  std::string name;
  Timestamp started_at{};
  friend bool operator==(const OpenTool&, const OpenTool&) = default;
};

/// A question to the person that nothing has answered yet.
struct OpenWait {
  std::string actor;
  std::string tool_use_id;  ///< of the tool it is about, where known
  std::string reason;
  std::string tool;
  Timestamp since{};
  friend bool operator==(const OpenWait&, const OpenWait&) = default;
};

/// The main thread's turn. kUnseen: nothing of this session said yet whether it works.
enum class Turn : std::uint8_t { kUnseen, kOpen, kClosed, kFailed };

/// What the fold must remember beyond what a client is shown. The status is a function of it (rules::settle),
/// never a second truth beside it.
struct Bookkeeping {
  Turn turn = Turn::kUnseen;
  bool registered = false;  ///< by a client that says it works: active while the turn is unseen
  bool compacting = false;
  bool stale = false;
  bool ended = false;
  std::uint32_t background_tasks = 0;
  std::uint32_t agent_facts = 0;  ///< facts under `agent.`, bounded
  std::uint64_t prompts = 0;
  Timestamp turn_opened_at{};
  Timestamp turn_closed_at{};
  std::string prompt_id;   ///< of the newest prompt
  std::string error_kind;  ///< of a failed turn
  std::string end_reason;  ///< why the session ended: `process_exited`, or the agent's word
  std::vector<OpenTool> tools;
  std::vector<OpenWait> waits;
  friend bool operator==(const Bookkeeping&, const Bookkeeping&) = default;
};

/// All the registry keeps of one session.
struct SessionState {
  explicit SessionState(SessionId id, Timestamp first_sight = {}) : domain(std::move(id), first_sight) {}

  SessionDomain domain;
  SessionInfrastructure infrastructure;
  Bookkeeping book;
};

}  // namespace atm::kernel
