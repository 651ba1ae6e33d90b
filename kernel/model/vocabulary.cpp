// SPDX-License-Identifier: MIT
#include "kernel/model/vocabulary.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace atm::kernel {
namespace {

template <class Number>
struct Word {
  std::string_view name;
  Number number;
};

// A few bytes distinguish these names; is_same() confirms the match.
constexpr std::size_t mix(std::string_view name) noexcept {
  const auto byte = [name](std::size_t i) { return static_cast<unsigned char>(name[i]); };
  const std::size_t size = name.size();
  return size * 17 + byte(0) * 3U + byte(size / 2) * 31U + byte(size - 1) * 7U + byte(size * 3 / 4) * 13U;
}

/// Equality of short names in inline code: a call of memcmp takes longer.
bool is_same(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  const auto word = [](std::string_view text, std::size_t at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    return bytes;
  };
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (a.size() < kWord) return a == b;
  for (std::size_t at = 0; at + kWord < a.size(); at += kWord) {
    if (word(a, at) != word(b, at)) return false;
  }
  return word(a, a.size() - kWord) == word(b, a.size() - kWord);
}

/// Open addressing in a table that is built at compile time and is at most a quarter full.
template <class Number, std::size_t Slots>
class Words {
 public:
  template <std::size_t Count>
  explicit constexpr Words(const std::array<Word<Number>, Count>& words) {
    static_assert(Count * 4 <= Slots && (Slots & (Slots - 1)) == 0);
    for (const Word<Number>& word : words) {
      std::size_t at = mix(word.name) % Slots;
      while (!slots_[at].name.empty()) at = (at + 1) % Slots;
      slots_[at] = word;
    }
  }
  [[nodiscard]] Word<Number> find(std::string_view name, Number otherwise) const noexcept {
    if (name.empty()) return {{}, otherwise};
    for (std::size_t at = mix(name) % Slots; !slots_[at].name.empty(); at = (at + 1) % Slots) {
      if (is_same(slots_[at].name, name)) return slots_[at];
    }
    return {{}, otherwise};
  }

 private:
  std::array<Word<Number>, Slots> slots_{};
};

using Type = ObservationType;
constexpr std::array<Word<Type>, 22> kTypes{{
    {"session.started", Type::kSessionStarted},
    {"session.ended", Type::kSessionEnded},
    {"session.replaced", Type::kSessionReplaced},
    {"process.bound", Type::kProcessBound},
    {"process.exited", Type::kProcessExited},
    {"prompt.submitted", Type::kPromptSubmitted},
    {"turn.finished", Type::kTurnFinished},
    {"tool.started", Type::kToolStarted},
    {"tool.finished", Type::kToolFinished},
    {"tool.amended", Type::kToolAmended},
    {"request.failed", Type::kRequestFailed},
    {"input.needed", Type::kInputNeeded},
    {"input.resolved", Type::kInputResolved},
    {"subagent.started", Type::kSubagentStarted},
    {"subagent.finished", Type::kSubagentFinished},
    {"compaction.started", Type::kCompactionStarted},
    {"compaction.finished", Type::kCompactionFinished},
    {"status.reported", Type::kStatusReported},
    {"usage.reported", Type::kUsageReported},
    {"notice", Type::kNotice},
    {"state.reported", Type::kStateReported},
    {"attention.acknowledged", Type::kAttentionAcknowledged},
}};

// `effort` and `permission_mode` are the names before vocabulary 1.3.
constexpr std::array<Word<Key>, 76> kKeys{{
    {"abort.reason", Key::kAbortReason},
    {"about", Key::kAbout},
    {"agent_type", Key::kAgentType},
    {"attempt", Key::kAttempt},
    {"background", Key::kBackground},
    {"background_tasks", Key::kBackgroundTasks},
    {"boot_id", Key::kBootId},
    {"by", Key::kBy},
    {"context.cache_creation_tokens", Key::kCacheCreationTokens},
    {"context.cache_read_tokens", Key::kCacheReadTokens},
    {"context.input_tokens", Key::kContextInputTokens},
    {"context.output_tokens", Key::kContextOutputTokens},
    {"context.total_input_tokens", Key::kContextTotalInputTokens},
    {"context.total_output_tokens", Key::kContextTotalOutputTokens},
    {"context.used_percentage", Key::kContextUsedPercentage},
    {"context.window", Key::kContextWindow},
    {"cost.total_usd_micros", Key::kCostTotalUsdMicros},
    {"cwd", Key::kCwd},
    {"detail", Key::kDetail},
    {"duration.api_ms", Key::kDurationApiMs},
    {"duration.total_ms", Key::kDurationTotalMs},
    {"duration_ms", Key::kDurationMs},
    {"effort", Key::kModelEffort},
    {"error.kind", Key::kErrorKind},
    {"exit_code", Key::kExitCode},
    {"forked_from", Key::kForkedFrom},
    {"host", Key::kHost},
    {"internal", Key::kInternal},
    {"is_error", Key::kIsError},
    {"late", Key::kLate},
    {"lines.added", Key::kLinesAdded},
    {"lines.removed", Key::kLinesRemoved},
    {"message", Key::kMessage},
    {"mode.permission", Key::kModePermission},
    {"mode.sandbox", Key::kModeSandbox},
    {"model.effort", Key::kModelEffort},
    {"model.id", Key::kModelId},
    {"model.name", Key::kModelName},
    {"nests", Key::kNests},
    {"next_at_ns", Key::kNextAtNs},
    {"outcome", Key::kOutcome},
    {"parent", Key::kParent},
    {"permission.kind", Key::kPermissionKind},
    {"permission_mode", Key::kModePermission},
    {"pid", Key::kPid},
    {"pid_ns", Key::kPidNs},
    {"prompt.id", Key::kPromptId},
    {"reason", Key::kReason},
    {"recorded", Key::kRecorded},
    {"role", Key::kRole},
    {"scope", Key::kScope},
    {"session.name", Key::kSessionName},
    {"sole", Key::kSole},
    {"source", Key::kSource},
    {"start_ticks", Key::kStartTicks},
    {"started_at_ns", Key::kStartedAtNs},
    {"state", Key::kState},
    {"subagent.id", Key::kSubagentId},
    {"subagent.name", Key::kSubagentName},
    {"subagent.parent", Key::kSubagentParent},
    {"subagent.type", Key::kSubagentType},
    {"tasks", Key::kTasks},
    {"terminal.pane", Key::kTerminalPane},
    {"terminal.program", Key::kTerminalProgram},
    {"terminal.socket", Key::kTerminalSocket},
    {"tmux.pane", Key::kTmuxPane},
    {"tmux.socket", Key::kTmuxSocket},
    {"tool", Key::kTool},
    {"tool_use_id", Key::kToolUseId},
    {"transcript_path", Key::kTranscriptPath},
    {"tty", Key::kTty},
    {"unblocked", Key::kUnblocked},
    {"unknown", Key::kUnknown},
    {"version", Key::kVersion},
    {"wait.id", Key::kWaitId},
    {"weak", Key::kWeak},
}};

constexpr Words<Type, 128> kTypeWords(kTypes);
constexpr Words<Key, 512> kKeyWords(kKeys);

}  // namespace

ObservationType observation_type(std::string_view name) noexcept {
  return kTypeWords.find(name, Type::kOther).number;
}

std::string_view observation_type_name(ObservationType type) noexcept {
  for (const Word<Type>& word : kTypes) {
    if (word.number == type) return word.name;
  }
  return {};
}

KnownKey known_key(std::string_view name) noexcept {
  const Word<Key> word = kKeyWords.find(name, Key::kOther);
  return {word.name, word.number};
}

}  // namespace atm::kernel
